import { type FormEvent, useMemo, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { AccountView, ConversationId, MemberView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { groupLimits } from './limits.ts';
import { MemberPicker } from './MemberPicker.tsx';
import { useGroupCommand } from './useGroupCommand.ts';

interface AddMembersDialogProps {
  conversationId: ConversationId;
  members: readonly MemberView[];
  sharesHistory: boolean;
  onClose: () => void;
}

export function AddMembersDialog(props: AddMembersDialogProps) {
  const { conversationId, members, sharesHistory, onClose } = props;
  const { details: text } = words.groups;
  const sotto = useSotto();
  const [chosen, setChosen] = useState<readonly AccountView[]>([]);
  const { busy, problem, run } = useGroupCommand();
  const taken = useMemo(() => new Set(members.map(({ account }) => account.accountId)), [members]);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (chosen.length === 0) return;
    const ids = chosen.map(({ accountId }) => accountId);
    if ((await run(() => sotto.addMembers(conversationId, ids))) !== null) onClose();
  };
  return (
    <Dialog title={text.addTitle} text={sharesHistory ? text.addSeeAll : text.addSeeLater} onClose={onClose}>
      <form className="groups-form" onSubmit={submit} noValidate>
        <MemberPicker
          chosen={chosen}
          taken={taken}
          limit={{ chosen: groupLimits.members - members.length, members: groupLimits.members }}
          onChange={setChosen}
        />
        <Problem text={problem} />
        <div className="dialog-actions">
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button type="submit" look="primary" busy={busy} aria-disabled={busy || chosen.length === 0}>
            {text.addSubmit(chosen.length)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
