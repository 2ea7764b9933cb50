import { Button } from '../parts/Button.tsx';
import { CopyButton } from '../parts/CopyButton.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { guestLink } from '../routing/route.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';
import type { GuestLink } from './useGuestLink.ts';

interface GuestsDialogProps {
  guests: GuestLink;
  onClose: () => void;
}

const say = groupCallWords.guests;

/** A link for people who are not in the group: the call moves to a group that is made for it, which the link leads to. */
export function GuestsDialog({ guests, onClose }: GuestsDialogProps) {
  const { busy, failed, link, make } = guests;
  return (
    <Dialog title={say.title} text={say.text} onClose={onClose}>
      {link === null ? (
        <>
          <Problem text={failed ? say.failed : null} />
          <div className="dialog-actions">
            <Button look="primary" busy={busy} onClick={make}>
              {busy ? say.making : say.make}
            </Button>
          </div>
        </>
      ) : (
        <>
          <p role="status">{say.ready}</p>
          <output className="invite-address" aria-label={say.address}>
            {guestLink(link)}
          </output>
          <div className="dialog-actions">
            <CopyButton look="primary" text={guestLink(link)} label={say.copy} />
          </div>
        </>
      )}
    </Dialog>
  );
}
