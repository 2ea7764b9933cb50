import { lazy, Suspense, useEffect, useState } from 'react';
import { Problem } from '../parts/Problem.tsx';
import type {
  GroupInvitePreview,
  InviteView,
  Outcome,
  RegisterProblem,
  RegisterRequest,
  ResetProblem,
  ResetResult,
  ServerView,
} from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import type { LostDevice } from '../state/useLostDevice.ts';
import { words } from '../words.ts';
import { CreateAccount } from './CreateAccount.tsx';
import { inviteProblemSentence } from './problemSentences.ts';
import { Recover } from './Recover.tsx';
import { SignIn } from './SignIn.tsx';
import { StartOver } from './StartOver.tsx';
import { Welcome } from './Welcome.tsx';

const PairingStep = lazy(async () => ({
  default: (await import('../pairing/PairingStep.tsx')).PairingStep,
}));

interface EntryProps {
  lastUsername: string | null;
  /** From an opened invite link. */
  invite: string | null;
  /** From an opened link to a group: it is come back to. */
  joinLink: string | null;
  /** A link that adds a device was opened where nobody is signed in. */
  isAddingDevice: boolean;
  /** What this browser has deleted. */
  lostDevice: LostDevice | null;
  /** From the operator, to start over. */
  resetLink: string | null;
  startOver: (link: string, newPassword: string) => Promise<Outcome<ResetResult, ResetProblem>>;
  register: (request: RegisterRequest) => Promise<Outcome<{ recoveryCode: string }, RegisterProblem>>;
}

/** Everything for someone who is not signed in: welcome, create an account, sign in. */
export function Entry(props: EntryProps) {
  const { invite, joinLink, isAddingDevice, register, resetLink, startOver, lostDevice } = props;
  const lastUsername = props.lastUsername ?? lostDevice?.username ?? null;
  const sotto = useSotto();
  const [step, setStep] = useState<'startOver' | 'welcome' | 'create' | 'signIn' | 'recover' | 'pairing'>(
    resetLink !== null ? 'startOver' : lastUsername === null && !isAddingDevice ? 'welcome' : 'signIn',
  );
  const [server, setServer] = useState<ServerView | null>(null);
  const [invited, setInvited] = useState<InviteView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    let current = true;
    sotto.describeServer().then((outcome) => {
      if (current && outcome.kind === 'ok') setServer(outcome.value);
    });
    return () => {
      current = false;
    };
  }, [sotto]);

  useEffect(() => {
    if (invite === null) return;
    let current = true;
    sotto.resolveInvite(invite).then((outcome) => {
      if (!current) return;
      setInvited(outcome.kind === 'ok' ? outcome.value : null);
      setProblem(outcome.kind === 'ok' ? null : inviteProblemSentence(outcome.problem));
    });
    return () => {
      current = false;
    };
  }, [sotto, invite]);

  const [group, setGroup] = useState<GroupInvitePreview | null>(null);
  useEffect(() => {
    if (joinLink === null) return;
    let current = true;
    // Where nothing can be told before signing in, it is told after it.
    sotto.resolveGroupInvite(joinLink).then(
      (outcome) => current && setGroup(outcome.kind === 'ok' ? outcome.value : null),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [sotto, joinLink]);

  const registers = server === null || server.openRegistration || invited?.registers === true;
  const lostNotice = lostDevice === null ? null : words.entry.storageLost;
  const joins = joinLink === null ? null : joinNotice(group);
  const told = problem ?? (isAddingDevice ? words.pairing.signInFirst : (joins ?? lostNotice));
  const lost = lostDevice === null ? {} : { lostDevice: lostDevice.deviceId };
  const notice =
    told === null ? null : problem === null ? (
      <p className="entry-told" role="status">
        {told}
      </p>
    ) : (
      <Problem text={told} />
    );
  switch (step) {
    case 'startOver':
      return (
        <StartOver
          link={resetLink ?? ''}
          startOver={(newPassword) => startOver(resetLink ?? '', newPassword)}
          onBack={() => setStep('signIn')}
        />
      );
    case 'welcome':
      return (
        <Welcome
          invited={invited}
          notice={notice}
          registers={registers}
          onCreate={() => setStep('create')}
          onSignIn={() => setStep('signIn')}
        />
      );
    case 'create':
      return (
        <CreateAccount
          text={invited?.account ? words.entry.invitedBy(invited.account.username) : undefined}
          notice={notice}
          invite={invite}
          register={register}
          onSignIn={() => setStep('signIn')}
        />
      );
    case 'signIn':
      return (
        <SignIn
          lastUsername={lastUsername}
          notice={notice}
          lost={lost}
          onForgotten={() => setStep('recover')}
          onPair={() => setStep('pairing')}
          {...(registers ? { onCreate: () => setStep('create') } : {})}
        />
      );
    case 'pairing':
      return (
        <Suspense>
          <PairingStep onBack={() => setStep('signIn')} />
        </Suspense>
      );
    case 'recover':
      return <Recover lastUsername={lastUsername} lost={lost} onBack={() => setStep('signIn')} />;
  }
}

function joinNotice(group: GroupInvitePreview | null): string {
  const { join, members } = words.groups;
  return group === null || group.name === ''
    ? join.signedOut
    : join.signedOutTo(group.name, members(group.memberCount));
}
