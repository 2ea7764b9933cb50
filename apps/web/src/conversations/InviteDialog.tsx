import { useEffect, useState } from 'react';
import { serverProblemSentence } from '../entry/problemSentences.ts';
import { Button } from '../parts/Button.tsx';
import { CopyButton } from '../parts/CopyButton.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Icon } from '../parts/Icon.tsx';
import { Problem } from '../parts/Problem.tsx';
import { QrCode } from '../parts/QrCode.tsx';
import { inviteLink } from '../routing/route.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';

/** Makes an invite link and shows it as text and as a QR code. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const sotto = useSotto();
  const [made, setMade] = useState<{ link: string; expiresAtMs: number } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    let current = true;
    sotto.createInvite().then(
      (outcome) => {
        if (!current) return;
        if (outcome.kind === 'problem') setProblem(serverProblemSentence(outcome.problem));
        else setMade({ link: inviteLink(outcome.value.invite), expiresAtMs: outcome.value.expiresAtMs });
      },
      () => current && setProblem(words.problem.unexpected),
    );
    return () => {
      current = false;
    };
  }, [sotto]);

  return (
    <Dialog title={words.invite.title} text={words.invite.text} onClose={onClose}>
      <Problem text={problem} />
      {made === null && problem === null && (
        <div role="status">
          <span className="hiddenText">{words.invite.loading}</span>
          <span className="placeholder invite-placeholder" />
        </div>
      )}
      {made !== null && (
        <>
          <div className="invite-link">
            <output className="invite-address" aria-label={words.invite.link}>
              {made.link}
            </output>
            <div className="invite-actions">
              <CopyButton text={made.link} label={words.invite.copyLink} look="primary" />
              {'share' in navigator && (
                <Button onClick={() => navigator.share({ url: made.link }).catch(() => undefined)}>
                  <Icon name="share" />
                  {words.invite.share}
                </Button>
              )}
            </div>
          </div>
          <div className="invite-qr">
            <QrCode text={made.link} label={words.invite.qr} />
            <p>
              {words.invite.qrHint} {words.invite.expires(made.expiresAtMs)}
            </p>
          </div>
        </>
      )}
    </Dialog>
  );
}
