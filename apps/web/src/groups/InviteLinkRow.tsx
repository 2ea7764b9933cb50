import { useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { CopyButton } from '../parts/CopyButton.tsx';
import { Icon } from '../parts/Icon.tsx';
import { Problem } from '../parts/Problem.tsx';
import { QrCode } from '../parts/QrCode.tsx';
import { joinLink } from '../routing/route.ts';
import type { ConversationId, GroupInviteView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { useGroupCommand } from './useGroupCommand.ts';

interface InviteLinkRowProps {
  conversationId: ConversationId;
  invite: GroupInviteView;
  mayRevoke: boolean;
}

/** One link: until when it works and how, its text and code, and its end. */
export function InviteLinkRow({ conversationId, invite, mayRevoke }: InviteLinkRowProps) {
  const { links: text } = words.groups;
  const sotto = useSotto();
  const [shown, setShown] = useState(false);
  const { busy, problem, run } = useGroupCommand();
  const { link, expiresAtMs, needsApproval, singleUse } = invite;
  const moment = words.time.dated(expiresAtMs);
  const kinds = [needsApproval ? text.withApproval : text.atOnce, ...(singleUse ? [text.once] : [])];
  const address = link === null ? null : joinLink(link);
  return (
    <li className="link">
      <div className="link-head">
        <Icon name="link" />
        <span>
          <strong>{expiresAtMs > Date.now() ? text.until(moment) : text.expired(moment)}</strong>
          <small>{kinds.join(' · ')}</small>
        </span>
      </div>
      {address === null && <p className="groups-note">{text.elsewhere}</p>}
      {shown && address !== null && (
        <div className="link-shown">
          <output className="invite-address" aria-label={text.link}>
            {address}
          </output>
          <QrCode text={address} label={text.qr} />
        </div>
      )}
      <Problem text={problem} />
      <div className="groups-buttons">
        {address !== null && (
          <>
            <CopyButton text={address} label={text.copy} />
            {'share' in navigator && (
              <Button onClick={() => navigator.share({ url: address }).catch(() => undefined)}>
                <Icon name="share" />
                {text.share}
              </Button>
            )}
            <Button aria-expanded={shown} onClick={() => setShown(!shown)}>
              {shown ? text.hide : text.show}
            </Button>
          </>
        )}
        {mayRevoke && (
          <Button
            look="danger"
            busy={busy}
            aria-label={text.revokeNamed(moment)}
            onClick={() => void run(() => sotto.revokeGroupInvite(conversationId, invite.inviteId))}
          >
            {busy ? text.revoking : text.revoke}
          </Button>
        )}
      </div>
    </li>
  );
}
