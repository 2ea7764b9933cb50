import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { TextField } from '../parts/TextField.tsx';
import type { AccountView, ConversationId } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { DescriptionField } from './DescriptionField.tsx';
import { groupLimits } from './limits.ts';
import { MemberPicker } from './MemberPicker.tsx';
import { PhotoField } from './PhotoField.tsx';
import { Switch } from './Switch.tsx';
import { useGroupCommand } from './useGroupCommand.ts';
import './groups.css';

interface NewGroupDialogProps {
  onClose: () => void;
  onOpen: (conversationId: ConversationId) => void;
}

const others = groupLimits.members - 1;

/** A new group in two steps: who is in it, and what it is called. */
export function NewGroupDialog({ onClose, onOpen }: NewGroupDialogProps) {
  const { create: text, details } = words.groups;
  const sotto = useSotto();
  const [step, setStep] = useState<'people' | 'details'>('people');
  const [chosen, setChosen] = useState<readonly AccountView[]>([]);
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [photo, setPhoto] = useState<Uint8Array>(() => new Uint8Array());
  const [sharesHistory, setSharesHistory] = useState(false);
  const { busy, problem, setProblem, run } = useGroupCommand();
  const form = useRef<HTMLFormElement>(null);

  // Each step begins at its own field.
  useEffect(() => {
    form.current?.querySelector<HTMLElement>(`[data-step="${step}"] input:not([hidden])`)?.focus();
  }, [step]);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (step === 'people') {
      setStep('details');
      return;
    }
    if (name.trim() === '') {
      setProblem(words.groups.problem.emptyName);
      return;
    }
    const memberIds = chosen.map(({ accountId }) => accountId);
    const made = await run(() =>
      sotto.createGroup({
        name: name.trim(),
        description: description.trim(),
        photo,
        memberIds,
        sharesHistory,
      }),
    );
    if (made !== null) onOpen(made.value);
  };

  return (
    <Dialog
      title={step === 'people' ? text.title : text.detailsTitle}
      text={step === 'people' ? text.pickText : text.detailsText(chosen.length + 1)}
      onClose={onClose}
    >
      <form className="groups-form" onSubmit={submit} noValidate ref={form}>
        {step === 'people' ? (
          <div data-step="people">
            <MemberPicker
              chosen={chosen}
              limit={{ chosen: others, members: groupLimits.members }}
              onChange={setChosen}
            />
          </div>
        ) : (
          <div data-step="details" className="groups-form">
            <TextField
              label={text.name}
              note={text.nameHint}
              autoComplete="off"
              maxLength={groupLimits.nameLength}
              value={name}
              onChange={(event) => {
                setName(event.target.value);
                setProblem(null);
              }}
            />
            <PhotoField id={chosen[0]?.accountId ?? '0000'} name={name} photo={photo} onPhoto={setPhoto} />
            <DescriptionField value={description} onChange={setDescription} />
            <Switch
              label={details.sharing}
              text={sharesHistory ? details.sharingOn : details.sharingOff}
              checked={sharesHistory}
              onChange={setSharesHistory}
            />
          </div>
        )}
        <Problem text={problem} />
        <div className="dialog-actions">
          {step === 'people' ? (
            <Button onClick={onClose}>{words.common.cancel}</Button>
          ) : (
            <Button onClick={() => setStep('people')}>{text.back}</Button>
          )}
          <Button type="submit" look="primary" busy={busy}>
            {step === 'people'
              ? chosen.length === 0
                ? text.nextAlone
                : text.next
              : busy
                ? text.working
                : text.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
