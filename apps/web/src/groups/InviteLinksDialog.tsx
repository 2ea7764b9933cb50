import { type FormEvent, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { ConversationId, GroupInviteView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { InviteLinkRow } from './InviteLinkRow.tsx';
import { groupLimits } from './limits.ts';
import { Switch } from './Switch.tsx';
import { useGroupCommand } from './useGroupCommand.ts';

interface InviteLinksDialogProps {
  conversationId: ConversationId;
  invites: readonly GroupInviteView[];
  mayChange: boolean;
  onClose: () => void;
}

const hourMs = 3_600_000;
const lifetimes = {
  hour: hourMs,
  day: 24 * hourMs,
  week: 7 * 24 * hourMs,
  month: 30 * 24 * hourMs,
} as const;
type Lifetime = keyof typeof lifetimes;

/** The links by which people join a group: those there are, and the way to a new one. */
export function InviteLinksDialog({ conversationId, invites, mayChange, onClose }: InviteLinksDialogProps) {
  const { links: text } = words.groups;
  const sotto = useSotto();
  const [lifetime, setLifetime] = useState<Lifetime>('week');
  const [needsApproval, setNeedsApproval] = useState(true);
  const [singleUse, setSingleUse] = useState(false);
  const { busy, problem, run } = useGroupCommand();
  const isFull = invites.length >= groupLimits.invites;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const invite = { lifetimeMs: lifetimes[lifetime], needsApproval, singleUse };
    void run(() => sotto.createGroupInvite(conversationId, invite));
  };
  return (
    <Dialog title={text.title} text={text.text} onClose={onClose}>
      {invites.length === 0 ? (
        <p className="groups-note">{text.none}</p>
      ) : (
        <ul className="links">
          {invites.map((invite) => (
            <InviteLinkRow
              key={invite.inviteId}
              conversationId={conversationId}
              invite={invite}
              mayRevoke={mayChange}
            />
          ))}
        </ul>
      )}
      {mayChange && isFull && (
        <p className="groups-note">{words.groups.problem.tooManyInvites(groupLimits.invites)}</p>
      )}
      {mayChange && !isFull && (
        <form className="groups-form links-new" onSubmit={submit}>
          <h3>{text.create}</h3>
          <label className="rights-row">
            <span>{text.lifetime}</span>
            <select value={lifetime} onChange={({ target }) => setLifetime(target.value as Lifetime)}>
              {(Object.keys(lifetimes) as Lifetime[]).map((name) => (
                <option key={name} value={name}>
                  {text.lifetimes[name]}
                </option>
              ))}
            </select>
          </label>
          <Switch
            label={text.approval}
            text={text.approvalText}
            checked={needsApproval}
            onChange={setNeedsApproval}
          />
          <Switch label={text.single} text={text.singleText} checked={singleUse} onChange={setSingleUse} />
          <Problem text={problem} />
          <div className="dialog-actions">
            <Button type="submit" look="primary" busy={busy}>
              {busy ? text.working : text.submit}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
