import { lazy, Suspense, useEffect, useState } from 'react';
import { StoppedPage } from './entry/StoppedPage.tsx';
import { navigate, useRoute } from './routing/useRoute.ts';
import { Shell } from './shell/Shell.tsx';
import { StartPlaceholder } from './shell/StartPlaceholder.tsx';
import type {
  AccountId,
  Outcome,
  RegisterProblem,
  RegisterRequest,
  ResetProblem,
  ResetResult,
} from './sotto.ts';
import { useSotto } from './state/SottoContext.tsx';
import { readStored, writeStored } from './state/stored.ts';
import { useLostDevice } from './state/useLostDevice.ts';
import { useWatched } from './state/useWatched.ts';
import { words } from './words.ts';

const entry = () => import('./entry/entryParts.ts');
// Who was not signed in the last time most likely sees it next: it comes beside the engine, not after it.
if (readStored('lastSession') !== 'signedIn') void entry().catch(() => undefined);
const Entry = lazy(async () => ({ default: (await entry()).Entry }));
const RecoveryCodeStep = lazy(async () => ({ default: (await entry()).RecoveryCodeStep }));

/** What is on screen, by the state of the session. */
export function App() {
  const sotto = useSotto();
  const route = useRoute();
  const session = useWatched({ kind: 'session' });
  const lostDevice = useLostDevice(session);
  /** While an account is made, the session opens before the recovery code is here: the chats wait for it. */
  const [registering, setRegistering] = useState(false);
  const [recovery, setRecovery] = useState<{ username: string; code: string; problem?: string } | null>(null);
  /** While an account starts over, the one that takes its place is not shown before its recovery code is here. */
  const [replacing, setReplacing] = useState<AccountId | null>(null);

  const kind = session?.kind ?? 'starting';
  useEffect(() => {
    if (kind === 'signedIn' || kind === 'signedOut') writeStored('lastSession', kind);
    // The next account on this browser starts at its own list.
    const isKept = ['invite', 'join', 'addDevice', 'reset'].includes(route.kind);
    if (kind === 'signedOut' && !isKept) navigate({ kind: 'home' }, { replace: true });
  }, [kind, route.kind]);

  const register = async (
    request: RegisterRequest,
  ): Promise<Outcome<{ recoveryCode: string }, RegisterProblem>> => {
    setRegistering(true);
    try {
      const outcome = await sotto.register(request);
      if (outcome.kind === 'ok') {
        setRecovery({ username: request.username, code: outcome.value.recoveryCode });
      }
      return outcome;
    } finally {
      setRegistering(false);
    }
  };

  const showReset = (outcome: Outcome<ResetResult, ResetProblem>): void => {
    if (outcome.kind === 'problem') return;
    const { username, recoveryCode, isTested } = outcome.value;
    const problem = isTested ? {} : { problem: words.reset.untested };
    setRecovery({ username, code: recoveryCode, ...problem });
    navigate({ kind: 'home' }, { replace: true });
  };
  const startOver = async (newPassword: string): Promise<Outcome<ResetResult, ResetProblem>> => {
    setReplacing(session?.kind === 'signedIn' ? session.accountId : null);
    try {
      const outcome = await sotto.resetIdentity({ newPassword });
      showReset(outcome);
      return outcome;
    } finally {
      setReplacing(null);
    }
  };
  const startOverByLink = async (
    link: string,
    newPassword: string,
  ): Promise<Outcome<ResetResult, ResetProblem>> => {
    setRegistering(true);
    try {
      const outcome = await sotto.resetByLink({ link, newPassword });
      showReset(outcome);
      return outcome;
    } finally {
      setRegistering(false);
    }
  };

  if (recovery !== null) {
    const { username, code, problem } = recovery;
    return (
      <Suspense fallback={<StartPlaceholder />}>
        <RecoveryCodeStep
          username={username}
          code={code}
          notice={problem ?? null}
          onKept={() => setRecovery(null)}
        />
      </Suspense>
    );
  }
  if (session === undefined || session.kind === 'starting') return <StartPlaceholder />;
  if (session.kind === 'stopped') return <StoppedPage reason={session.reason} />;
  if (session.kind === 'signedIn' && !registering) {
    if (replacing !== null && replacing !== session.accountId) return <StartPlaceholder />;
    return <Shell key={session.accountId} session={session} startOver={startOver} />;
  }
  return (
    <Suspense fallback={<StartPlaceholder />}>
      <Entry
        lastUsername={session.kind === 'signedOut' ? session.lastUsername : null}
        invite={route.kind === 'invite' ? route.invite : null}
        joinLink={route.kind === 'join' ? route.link : null}
        isAddingDevice={route.kind === 'addDevice'}
        lostDevice={lostDevice}
        resetLink={route.kind === 'reset' ? route.link : null}
        startOver={startOverByLink}
        register={register}
      />
    </Suspense>
  );
}
