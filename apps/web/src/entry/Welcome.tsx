import type { ReactNode } from 'react';
import { Button } from '../parts/Button.tsx';
import { Icon } from '../parts/Icon.tsx';
import type { InviteView } from '../sotto.ts';
import { words } from '../words.ts';
import { EntryFrame } from './EntryFrame.tsx';

interface WelcomeProps {
  invited: InviteView | null;
  notice: ReactNode;
  registers: boolean;
  onCreate: () => void;
  onSignIn: () => void;
}

export function Welcome({ invited, notice, registers, onCreate, onSignIn }: WelcomeProps) {
  const title =
    invited === null
      ? words.entry.welcomeTitle
      : invited.account === null
        ? words.entry.invitedToServer
        : words.entry.invitedBy(invited.account.username);
  return (
    <EntryFrame title={title} text={invited === null ? words.entry.welcomeText : words.entry.invitedText}>
      {notice}
      <ul className="entry-points">
        {words.entry.points.map((point) => (
          <li key={point}>
            <Icon name="check" />
            {point}
          </li>
        ))}
      </ul>
      <div className="entry-actions">
        {registers && (
          <Button look="primary" wide onClick={onCreate}>
            {words.entry.createAccount}
          </Button>
        )}
        <Button look={registers ? 'quiet' : 'primary'} wide onClick={onSignIn}>
          {registers ? words.entry.haveAccount : words.entry.signIn}
        </Button>
        {!registers && <p className="entry-note">{words.entry.inviteOnly}</p>}
      </div>
    </EntryFrame>
  );
}
