import { useEffect, useState } from 'react';
import { Entry } from './entry/Entry.tsx';
import { RecoveryCodeStep } from './entry/RecoveryCodeStep.tsx';
import { StoppedPage } from './entry/StoppedPage.tsx';
import { navigate, useRoute } from './routing/useRoute.ts';
import { Shell } from './shell/Shell.tsx';
import { StartPlaceholder } from './shell/StartPlaceholder.tsx';
import type { Outcome, RegisterProblem, RegisterRequest } from './sotto.ts';
import { useSotto } from './state/SottoContext.tsx';
import { writeStored } from './state/stored.ts';
import { useWatched } from './state/useWatched.ts';

/** What is on screen, by the state of the session. */
export function App() {
  const sotto = useSotto();
  const route = useRoute();
  const session = useWatched({ kind: 'session' });
  /** While an account is made, the session opens before the recovery code is here: the chats wait for it. */
  const [registering, setRegistering] = useState(false);
  const [recovery, setRecovery] = useState<{ username: string; code: string } | null>(null);

  const kind = session?.kind ?? 'starting';
  useEffect(() => {
    if (kind === 'signedIn' || kind === 'signedOut') writeStored('lastSession', kind);
    // The next account on this browser starts at its own list.
    const isKept = route.kind === 'invite' || route.kind === 'addDevice';
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

  if (recovery !== null) {
    return (
      <RecoveryCodeStep username={recovery.username} code={recovery.code} onKept={() => setRecovery(null)} />
    );
  }
  if (session === undefined || session.kind === 'starting') return <StartPlaceholder />;
  if (session.kind === 'stopped') return <StoppedPage reason={session.reason} />;
  if (session.kind === 'signedIn' && !registering) return <Shell key={session.accountId} session={session} />;
  return (
    <Entry
      lastUsername={session.kind === 'signedOut' ? session.lastUsername : null}
      invite={route.kind === 'invite' ? route.invite : null}
      isAddingDevice={route.kind === 'addDevice'}
      register={register}
    />
  );
}
