import { type FormEvent, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { TextField } from '../parts/TextField.tsx';
import type { ConversationId, GroupDetailsView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { DescriptionField } from './DescriptionField.tsx';
import { groupLimits } from './limits.ts';
import { PhotoField } from './PhotoField.tsx';
import { useGroupCommand } from './useGroupCommand.ts';

interface EditGroupDialogProps {
  conversationId: ConversationId;
  /** As they are when it is opened: what others change meanwhile stays theirs, unless it was changed here, too. */
  details: GroupDetailsView;
  onClose: () => void;
}

/** Name, photo and description of a group. */
export function EditGroupDialog({ conversationId, details, onClose }: EditGroupDialogProps) {
  const { details: text, create } = words.groups;
  const sotto = useSotto();
  const [before] = useState(details);
  const [name, setName] = useState(details.name);
  const [description, setDescription] = useState(details.description);
  const [photo, setPhoto] = useState(details.photo);
  const { busy, problem, setProblem, run } = useGroupCommand();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (name.trim() === '') {
      setProblem(words.groups.problem.emptyName);
      return;
    }
    const changes: Partial<GroupDetailsView> = {
      ...(name.trim() === before.name ? {} : { name: name.trim() }),
      ...(description.trim() === before.description ? {} : { description: description.trim() }),
      ...(photo === before.photo ? {} : { photo }),
    };
    if (Object.keys(changes).length === 0) onClose();
    else if ((await run(() => sotto.editGroup(conversationId, changes))) !== null) onClose();
  };
  return (
    <Dialog title={text.editTitle} onClose={onClose}>
      <form className="groups-form" onSubmit={submit} noValidate>
        <TextField
          label={create.name}
          autoComplete="off"
          maxLength={groupLimits.nameLength}
          value={name}
          onChange={(event) => {
            setName(event.target.value);
            setProblem(null);
          }}
        />
        <PhotoField id={conversationId} name={name} photo={photo} onPhoto={setPhoto} />
        <DescriptionField value={description} onChange={setDescription} />
        <Problem text={problem} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {busy ? text.saving : text.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
