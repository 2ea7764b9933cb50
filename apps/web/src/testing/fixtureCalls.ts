/** The fixture's calls: nobody is reached. A test moves the other side, and the pictures are drawn. */
import type {
  CallChoice,
  CallEnding,
  CallSession,
  CallState,
  Calls,
  DeviceCheck,
  DeviceCheckState,
  DeviceList,
} from '@sotto/sdk/calls';
import type { CallId, CallProblem, CallsApi, CallView, ConversationId, Outcome } from '../sotto.ts';
import { drawFilm } from './drawFilm.ts';
import type { FixtureConversation } from './fixtureConversation.ts';
import { fixtureId } from './fixtureIds.ts';

export interface FixtureCallControls {
  /** Somebody calls. */
  ring(title: string, video: boolean): void;
  /** The caller gives up, or another device answers. */
  stopRinging(device: 'elsewhere' | null): void;
  /** A call that this page is not in. `left`: this device was, before a reload. */
  elsewhere(title: string, device: 'here' | 'elsewhere', left: boolean): void;
  /** How the call goes that this page is in. */
  set(change: Partial<CallState>): void;
  /** The other side takes it. */
  connect(change?: Partial<CallState>): void;
  end(ending: CallEnding): void;
  /** What is found when devices are tried. */
  setCheck(state: DeviceCheckState): void;
  /** Whether what calls need can be fetched. */
  setFetchable(fetchable: boolean): void;
}

interface FixtureCallsOptions {
  readonly byTitle: (title: string) => FixtureConversation;
  readonly byId: (id: ConversationId) => FixtureConversation | undefined;
  readonly changed: () => void;
  readonly calls: string[];
}

export interface FixtureCalls {
  readonly api: CallsApi;
  readonly views: () => readonly CallView[];
  /** Fetches what calls need. */
  readonly open: () => Promise<Calls>;
  readonly controls: FixtureCallControls;
}

const unknown = async (): Promise<Outcome<never, CallProblem>> => ({
  kind: 'problem',
  problem: { kind: 'unknownCall' },
});
export const devices: DeviceList = {
  microphones: [
    { deviceId: 'm1', label: 'Built-in microphone' },
    { deviceId: 'm2', label: 'Headset' },
  ],
  cameras: [{ deviceId: 'c1', label: 'Front camera' }],
  speakers: [
    { deviceId: 's1', label: 'Built-in speakers' },
    { deviceId: 's2', label: 'Headset' },
  ],
};
let checked: DeviceCheckState = {
  microphone: { kind: 'open', deviceId: 'm1', label: 'Built-in microphone' },
  camera: { kind: 'open', deviceId: 'c1', label: 'Front camera' },
};

export function createFixtureCalls({ byTitle, byId, changed, calls }: FixtureCallsOptions): FixtureCalls {
  let views: readonly CallView[] = [];
  let alwaysRelay = false;
  let made = 0;
  let isFetchable = true;
  let session: FixtureSession | null = null;
  const listeners = new Set<(session: CallSession | null) => void>();
  const setViews = (next: readonly CallView[]): void => {
    views = next;
    changed();
  };
  const viewOf = (conversation: FixtureConversation, change: Partial<CallView>): CallView => {
    made += 1;
    const { conversationId, peer } = conversation.view;
    return {
      callId: fixtureId<CallId>(9000 + made),
      conversationId,
      peer: peer!,
      isIncoming: true,
      hasVideo: false,
      phase: 'ringing',
      device: null,
      ringsUntilMs: Date.now() + 45_000,
      answeredAtMs: null,
      rejoinUntilMs: null,
      ...change,
    };
  };
  const open = (view: CallView, { video, lowData = false }: CallChoice): CallSession => {
    const opening = new FixtureSession(view, video, lowData, (ended) => {
      calls.push(`call ended ${ended.kind}`);
      if (session === opening) session = null;
      setViews(views.filter(({ callId }) => callId !== view.callId));
      for (const listener of [...listeners]) listener(null);
    });
    session = opening;
    setViews([...views.filter(({ callId }) => callId !== view.callId), { ...view, device: 'here' }]);
    for (const listener of [...listeners]) listener(session);
    return session;
  };
  const find = (callId: string): CallView => {
    const view = views.find((one) => one.callId === callId);
    if (view === undefined) throw new Error('No such call');
    return view;
  };
  const connected = (view: CallView): CallView => ({
    ...view,
    phase: 'ongoing',
    device: 'here',
    answeredAtMs: Date.now(),
  });

  const opened: Calls = {
    canCall: true,
    get current() {
      return session;
    },
    start: (conversationId, choice) => {
      calls.push(`call ${choice.video ? 'video' : 'voice'}`);
      const view = viewOf(byId(conversationId)!, { isIncoming: false, hasVideo: choice.video });
      const started = open(view, choice);
      (started as FixtureSession).set({ phase: { kind: 'ringing' } });
      return started;
    },
    answer: (callId, choice) => {
      calls.push(`answer ${choice.video ? 'video' : 'voice'}`);
      return open(connected(find(callId)), choice);
    },
    rejoin: (callId, choice) => {
      calls.push('rejoin');
      return open(connected(find(callId)), choice);
    },
    watchCurrent: (listener) => {
      listeners.add(listener);
      listener(session);
      return () => listeners.delete(listener);
    },
    watchDevices: (listener) => {
      listener(devices);
      return () => undefined;
    },
    checkDevices: (choice) => checkOf(checked, choice),
  };
  return {
    views: () => views,
    api: {
      prepareCall: unknown,
      startCall: unknown,
      openCall: unknown,
      answerCall: unknown,
      declineCall: async (callId) => {
        calls.push('declineCall');
        setViews(views.filter((view) => view.callId !== callId));
      },
      endCall: async (callId) => {
        calls.push('endCall');
        setViews(views.filter((view) => view.callId !== callId));
      },
      rejoinCall: unknown,
      resumeCall: unknown,
      updateCall: unknown,
      readCallServers: unknown,
      setAlwaysRelay: async (on) => {
        alwaysRelay = on;
      },
      readAlwaysRelay: async () => alwaysRelay,
      blockCalls: async (conversationId, blocked) => {
        calls.push(`blockCalls ${blocked}`);
        byId(conversationId)!.callsBlocked = blocked;
        changed();
      },
    },
    open: async () => {
      if (!isFetchable) throw new Error('Not fetched');
      return opened;
    },
    controls: {
      ring: (title, video) => setViews([...views, viewOf(byTitle(title), { hasVideo: video })]),
      stopRinging: (device) =>
        setViews(
          device === null
            ? views.filter(({ phase }) => phase !== 'ringing')
            : views.map((view) => ({ ...view, phase: 'ongoing', device })),
        ),
      elsewhere: (title, device, left) =>
        setViews([
          ...views,
          viewOf(byTitle(title), {
            phase: 'ongoing',
            device,
            answeredAtMs: Date.now(),
            rejoinUntilMs: left ? Date.now() + 30_000 : null,
          }),
        ]),
      set: (change) => session?.set(change),
      connect: (change) => {
        if (session === null) return;
        const { callId } = session.state;
        setViews(views.map((view) => (view.callId === callId ? connected(view) : view)));
        session.set({
          phase: { kind: 'connected' },
          connectedAtMs: Date.now() - 252_000,
          code: '483920',
          quality: { step: 'good', causes: [] },
          route: { kind: 'direct', protocol: 'udp' },
          ...change,
        });
      },
      end: (ending) => session?.finish(ending),
      setCheck: (state) => {
        checked = state;
      },
      setFetchable: (fetchable) => {
        isFetchable = fetchable;
      },
    },
  };
}

/** What is found when devices are tried. */
export const openedDevices = (): DeviceCheckState => checked;

export function checkOf(found: DeviceCheckState, { video }: CallChoice): DeviceCheck {
  const listeners = new Set<(state: DeviceCheckState) => void>();
  const stateOf = (withCamera: boolean): DeviceCheckState =>
    withCamera ? found : { ...found, camera: { kind: 'off' } };
  let state = stateOf(video);
  return {
    get state() {
      return state;
    },
    watch: (listener) => {
      listeners.add(listener);
      listener(state);
      return () => listeners.delete(listener);
    },
    picture: drawFilm('own'),
    level: () => 0.4,
    chooseMicrophone: async () => undefined,
    chooseCamera: async () => undefined,
    setCamera: async (on) => {
      state = stateOf(on);
      for (const listener of [...listeners]) listener(state);
    },
    playTone: async () => undefined,
    close: () => undefined,
  };
}

class FixtureSession implements CallSession {
  state: CallState;
  readonly streams: CallSession['streams'];
  readonly #listeners = new Set<(state: CallState) => void>();
  readonly #ended: (ending: CallEnding) => void;

  constructor(view: CallView, video: boolean, lowData: boolean, ended: (ending: CallEnding) => void) {
    this.#ended = ended;
    this.streams = {
      localCamera: drawFilm('own'),
      localScreen: new MediaStream(),
      remoteCamera: drawFilm('other'),
      remoteScreen: drawFilm('screen'),
    };
    this.state = {
      phase: { kind: 'connecting' },
      callId: view.callId,
      conversationId: view.conversationId,
      role: view.isIncoming ? 'answerer' : 'caller',
      connectedAtMs: null,
      local: {
        isMuted: false,
        camera: video ? 'on' : 'off',
        sharing: 'off',
        lowData,
        microphoneId: 'm1',
        cameraId: 'c1',
        speakerId: 's1',
        facing: 'user',
      },
      remote: { isMuted: false, hasCamera: false, isSharing: false, lowData: false },
      hasVideo: video,
      videoRequest: 'none',
      quality: { step: 'unknown', causes: [] },
      code: null,
      route: null,
      problems: [],
    };
  }

  set(change: Partial<CallState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of [...this.#listeners]) listener(this.state);
  }
  finish(ending: CallEnding): void {
    if (this.state.phase.kind === 'ended') return;
    this.set({ phase: { kind: 'ended', ending } });
    this.#ended(ending);
  }
  #local(change: Partial<CallState['local']>): void {
    this.set({ local: { ...this.state.local, ...change } });
  }

  watch(listener: (state: CallState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.state);
    return () => this.#listeners.delete(listener);
  }
  setMuted(isMuted: boolean): void {
    this.#local({ isMuted });
  }
  async setCamera(on: boolean): Promise<void> {
    if (on && !this.state.hasVideo) await this.offerVideo();
    else this.#local({ camera: on ? 'on' : 'off' });
  }
  async switchCamera(): Promise<void> {
    this.#local({ facing: this.state.local.facing === 'user' ? 'environment' : 'user' });
  }
  async chooseMicrophone(microphoneId: string): Promise<void> {
    this.#local({ microphoneId });
  }
  async chooseCamera(cameraId: string): Promise<void> {
    this.#local({ cameraId });
  }
  async chooseSpeaker(speakerId: string): Promise<void> {
    this.#local({ speakerId });
  }
  async shareScreen(): Promise<void> {
    this.#local({ sharing: 'on' });
  }
  stopSharing(): void {
    this.#local({ sharing: 'off' });
  }
  async offerVideo(): Promise<void> {
    this.set({ videoRequest: 'asked' });
  }
  async acceptVideo(): Promise<void> {
    this.set({ videoRequest: 'none', hasVideo: true });
    this.#local({ camera: 'on' });
  }
  declineVideo(): void {
    this.set({ videoRequest: 'none' });
  }
  setLowData(lowData: boolean): void {
    this.#local({ lowData });
  }
  async resumePlayback(): Promise<void> {
    this.set({ problems: [] });
  }
  async statistics(): ReturnType<CallSession['statistics']> {
    return {
      route: { kind: 'direct', protocol: 'udp' },
      roundTripMs: 34.2,
      availableOutgoingBitsPerSecond: 2_400_000,
      sentBitsPerSecond: 1_240_000,
      receivedBitsPerSecond: 1_310_000,
      audioSent: { codec: 'opus', bitsPerSecond: 32_000, lossShare: 0.002 },
      audioReceived: {
        codec: 'opus',
        bitsPerSecond: 31_000,
        lossShare: 0.004,
        jitterMs: 6.4,
        concealedShare: 0,
        energy: 12,
      },
      cameraSent: {
        codec: 'VP8',
        bitsPerSecond: 1_200_000,
        width: 1280,
        height: 720,
        framesPerSecond: 30,
        framesEncoded: 7000,
        lossShare: 0.002,
        limitedBy: 'bandwidth',
      },
      cameraReceived: {
        codec: 'VP8',
        bitsPerSecond: 1_280_000,
        width: 1280,
        height: 720,
        framesPerSecond: 29.7,
        framesDecoded: 6900,
        lossShare: 0.004,
        freezes: 0,
        jitterMs: 8,
      },
      screenSent: null,
      screenReceived: null,
      frames: { sealed: 20_412, opened: 20_388, notSealed: 0, notOpened: 3 },
      transportCipher: 'TLS_AES_128_GCM_SHA256',
    };
  }
  levels(): ReturnType<CallSession['levels']> {
    return { local: 0.1, remote: 0.3 };
  }
  end(): void {
    this.finish({ kind: 'hungUp' });
  }
}
