/** The system's own controls of a call, where it has some (w3c.github.io/mediasession): keys, headsets, picture-in-picture. */
import type { LocalMediaState } from './mediaTypes.ts';

/** Newer than TypeScript's declarations. */
interface CallMediaSession {
  setMicrophoneActive?(active: boolean): Promise<void> | undefined;
  setCameraActive?(active: boolean): Promise<void> | undefined;
  setActionHandler(action: string, handler: (() => void) | null): void;
}

const actions = ['hangup', 'togglemicrophone', 'togglecamera'] as const;

/** A session of either kind. */
interface ControlledSession {
  readonly state: ControlledState;
  watch(listener: (state: ControlledState) => void): () => void;
  setMuted(muted: boolean): void;
  setCamera(on: boolean): Promise<void>;
}
interface ControlledState {
  readonly phase: { readonly kind: string };
  readonly local: Pick<LocalMediaState, 'isMuted' | 'camera'>;
}

interface Holder {
  readonly session: ControlledSession;
  readonly hangUp: () => void;
}

/** The last one has the controls; those below it are calls that go on in it, or by themselves where it comes to nothing. */
const holders: Holder[] = [];

/** Takes the controls until the session ends. */
export function takeCallControls(session: ControlledSession, hangUp: () => void): void {
  if (!('mediaSession' in navigator)) return;
  const controls = navigator.mediaSession as unknown as CallMediaSession;
  const holder: Holder = { session, hangUp };
  holders.push(holder);
  giveTo(controls, holder);
  session.watch(({ phase, local }) => {
    if (phase.kind === 'ended') {
      const isTop = holders.at(-1) === holder;
      holders.splice(holders.indexOf(holder), 1);
      if (isTop) giveTo(controls, holders.at(-1) ?? null);
    } else if (holders.at(-1) === holder) show(controls, local);
  });
}

function giveTo(controls: CallMediaSession, holder: Holder | null): void {
  const set = (action: (typeof actions)[number], handler: (() => void) | null): void => {
    try {
      controls.setActionHandler(action, handler);
    } catch {
      // This browser does not know the action.
    }
  };
  if (holder === null) {
    for (const action of actions) set(action, null);
    return;
  }
  const { session, hangUp } = holder;
  set('hangup', hangUp);
  set('togglemicrophone', () => session.setMuted(!session.state.local.isMuted));
  set('togglecamera', () => void session.setCamera(session.state.local.camera === 'off'));
  show(controls, session.state.local);
}

function show(controls: CallMediaSession, { isMuted, camera }: ControlledState['local']): void {
  void controls.setMicrophoneActive?.(!isMuted)?.catch(() => {});
  void controls.setCameraActive?.(camera !== 'off')?.catch(() => {});
}
