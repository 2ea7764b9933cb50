import type { CallSession } from '@sotto/sdk/calls';
import { type FormEvent, useRef, useState } from 'react';
import { groupLimits } from '../groups/limits.ts';
import { MemberPicker } from '../groups/MemberPicker.tsx';
import { useGroupCommand } from '../groups/useGroupCommand.ts';
import '../groups/groups.css';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { AccountView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { listed } from '../wordForms.ts';
import { words } from '../words.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { growCall } from './growCall.ts';

interface GrowDialogProps {
  session: CallSession;
  peer: AccountView | null;
  onClose: () => void;
}

const say = groupCallWords.grow;

/** More people for a call of two: it goes on in a new group with all of them. */
export default function GrowDialog({ session, peer, onClose }: GrowDialogProps) {
  const sotto = useSotto();
  const [chosen, setChosen] = useState<readonly AccountView[]>([]);
  const { busy, problem, run } = useGroupCommand();
  const isGivenUp = useRef(false);
  const giveUp = (): void => {
    isGivenUp.current = true;
    onClose();
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (chosen.length === 0 || peer === null) return;
    const all = [peer, ...chosen];
    const group = {
      name: listed(all.map(({ username }) => username)).slice(0, groupLimits.nameLength),
      description: '',
      photo: new Uint8Array(),
      memberIds: all.map(({ accountId }) => accountId),
      sharesHistory: false,
    };
    const grown = await run(() => growCall(sotto, session, group, () => !isGivenUp.current));
    if (grown !== null && !isGivenUp.current) onClose();
  };
  return (
    <Dialog title={say.title} text={say.text(peer?.username ?? '')} onClose={giveUp}>
      <form className="groups-form" onSubmit={submit} noValidate>
        <MemberPicker
          chosen={chosen}
          taken={new Set(peer === null ? [] : [peer.accountId])}
          limit={{ chosen: groupLimits.members - 2, members: groupLimits.members }}
          onChange={setChosen}
        />
        <Problem text={problem} />
        <div className="dialog-actions">
          <Button onClick={giveUp}>{words.common.cancel}</Button>
          <Button type="submit" look="primary" busy={busy || chosen.length === 0}>
            {busy ? say.working : say.submit(chosen.length)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
