/** The fixture's calls of groups: nobody is reached. A test moves the others, and their pictures are drawn. */
import type {
  GroupCallChoice,
  GroupCallEnding,
  GroupCallSession,
  GroupCallState,
  GroupCalls,
  GroupParticipant,
  WantedPicture,
} from '@sotto/sdk/groupCalls';
import type {
  AccountView,
  CallId,
  ConversationId,
  DeviceId,
  GroupCallProblem,
  GroupCallsApi,
  GroupCallView,
  Outcome,
} from '../sotto.ts';
import { drawFilm } from './drawFilm.ts';
import { checkOf, devices, openedDevices } from './fixtureCalls.ts';
import type { FixtureConversation } from './fixtureConversation.ts';
import { fixtureId, self } from './fixtureIds.ts';

/** Somebody in the call: by the username, and what is not as it mostly is. */
export type FixturePerson = Partial<GroupParticipant> & { readonly name: string };

export interface FixtureGroupCallControls {
  /** Somebody else begins a call in a group. */
  open(title: string, names: readonly string[], change?: Partial<GroupCallView>): void;
  /** What the list knows of it. */
  change(change: Partial<GroupCallView>): void;
  /** It is over, or never was. */
  close(): void;
  /** This page is connected, and these are in the call with it. */
  connect(people: readonly FixturePerson[], change?: Partial<GroupCallState>): void;
  set(change: Partial<GroupCallState>): void;
  end(ending: GroupCallEnding): void;
  /** What the page says is on its screen. */
  shown(): readonly WantedPicture[];
}

interface FixtureGroupCallsOptions {
  readonly byTitle: (title: string) => FixtureConversation;
  readonly byId: (id: ConversationId) => FixtureConversation | undefined;
  readonly changed: () => void;
  readonly calls: string[];
}

export interface FixtureGroupCalls {
  readonly api: GroupCallsApi;
  readonly views: () => readonly GroupCallView[];
  readonly calls: GroupCalls;
  readonly controls: FixtureGroupCallControls;
}

const ownJoin = 'f000000000000001';
const unknown = async (): Promise<Outcome<never, GroupCallProblem>> => ({
  kind: 'problem',
  problem: { kind: 'unknownCall' },
});

export function createFixtureGroupCalls(options: FixtureGroupCallsOptions): FixtureGroupCalls {
  const { byTitle, byId, changed, calls } = options;
  let views: readonly GroupCallView[] = [];
  let made = 0;
  let session: FixtureGroupSession | null = null;
  let shown: readonly WantedPicture[] = [];
  const listeners = new Set<(session: GroupCallSession | null) => void>();
  const setViews = (next: readonly GroupCallView[]): void => {
    views = next;
    changed();
  };
  const accountOf = (name: string): AccountView => {
    let sum = 0;
    for (const letter of name) sum = (sum * 31 + letter.charCodeAt(0)) % 65_521;
    return { accountId: fixtureId(20_000 + sum), username: name };
  };
  const viewOf = (conversationId: ConversationId, change: Partial<GroupCallView>): GroupCallView => {
    made += 1;
    return {
      callId: fixtureId<CallId>(9500 + made),
      conversationId,
      startedBy: null,
      startedAtMs: Date.now() - 252_000,
      hasVideo: true,
      people: [],
      ringsUntilMs: null,
      device: null,
      rejoinUntilMs: null,
      joinId: null,
      isLocked: false,
      mayJoin: true,
      mayControl: false,
      ...change,
    };
  };
  const open = (view: GroupCallView, choice: GroupCallChoice): GroupCallSession => {
    const opening = new FixtureGroupSession(view, choice, calls, {
      shown: (wanted) => {
        shown = wanted;
      },
      ended: (ending) => {
        calls.push(`group call ended ${ending.kind}`);
        if (session === opening) session = null;
        setViews(
          views.flatMap((one) =>
            one.callId !== view.callId ? [one] : ending.kind === 'over' ? [] : [{ ...one, device: null }],
          ),
        );
        for (const listener of [...listeners]) listener(null);
      },
    });
    session = opening;
    const here = { ...view, device: 'here', ringsUntilMs: null, people: [...view.people, self] } as const;
    setViews([...views.filter(({ callId }) => callId !== view.callId), here]);
    for (const listener of [...listeners]) listener(session);
    return opening;
  };
  const find = (callId: string): GroupCallView => {
    const view = views.find((one) => one.callId === callId);
    if (view === undefined) throw new Error('No such call');
    return view;
  };
  const words = ({ video, muted }: GroupCallChoice): string =>
    `${video ? 'video' : 'voice'}${muted === true ? ' muted' : ''}`;
  const person = ({ name, ...change }: FixturePerson, at: number): GroupParticipant => ({
    ...participant(accountOf(name), `a00000000000${String(at + 10).padStart(4, '0')}`),
    ...change,
    camera: change.camera ?? (change.hasCamera === true ? 'shown' : 'off'),
    screen: change.screen ?? (change.isSharing === true ? 'shown' : 'off'),
  });

  return {
    views: () => views,
    api: {
      startGroupCall: async ({ conversationId }) => {
        const title = byId(conversationId)?.view.title ?? '';
        calls.push(`startGroupCall ${title}`);
        return { kind: 'ok', value: { callId: fixtureId<CallId>(9999) } };
      },
      joinGroupCall: unknown,
      askCallSeat: unknown,
      updateGroupCall: unknown,
      reactInGroupCall: unknown,
      controlGroupCall: async (_callId, control) => {
        calls.push(`control ${control.kind}`);
        return { kind: 'ok', value: null };
      },
      leaveGroupCall: async (callId) => {
        calls.push('leaveGroupCall');
        setViews(views.map((view) => (view.callId === callId ? { ...view, device: null } : view)));
      },
      declineGroupCall: async (callId) => {
        calls.push('declineGroupCall');
        setViews(views.map((view) => (view.callId === callId ? { ...view, ringsUntilMs: null } : view)));
      },
    },
    calls: {
      canCall: true,
      get current() {
        return session;
      },
      start: (conversationId, choice) => {
        calls.push(`start group ${words(choice)} ${choice.rings ? 'rings' : 'quiet'}`);
        const view = viewOf(conversationId, {
          startedBy: self,
          startedAtMs: Date.now(),
          hasVideo: choice.video,
          mayControl: true,
        });
        return open(view, choice);
      },
      join: (callId, choice) => {
        calls.push(`join group ${words(choice)}`);
        return open(find(callId), choice);
      },
      grow: (call, conversationId) => {
        calls.push('grow');
        const opened = open(viewOf(conversationId, { startedBy: self, mayControl: true }), { video: false });
        opened.watch(({ phase }) => phase.kind === 'connected' && call.end());
        return opened;
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
      checkDevices: (choice) => checkOf(openedDevices(), choice),
    },
    controls: {
      open: (title, names, change) => {
        const people = names.map(accountOf);
        const { conversationId } = byTitle(title).view;
        setViews([...views, viewOf(conversationId, { people, startedBy: people[0] ?? null, ...change })]);
      },
      change: (change) => setViews(views.map((view) => ({ ...view, ...change }))),
      close: () => setViews([]),
      connect: (people, change) => {
        if (session === null) return;
        const all = people.map(person);
        const mine = session.own();
        const participants = [...all.slice(0, 1), mine, ...all.slice(1)];
        session.set({
          phase: { kind: 'connected' },
          connectedAtMs: Date.now() - 252_000,
          joinId: ownJoin,
          participants,
          hands: participants.filter(({ isHandRaised }) => isHandRaised).map(({ joinId }) => joinId),
          speakers: all.filter(({ isSpeaking }) => isSpeaking).map(({ joinId }) => joinId),
          quality: { step: 'good', causes: [] },
          route: { kind: 'relayed', protocol: 'udp' },
          ...change,
        });
        const { callId } = session.state;
        const accounts = participants.map(({ account }) => account);
        setViews(views.map((view) => (view.callId === callId ? { ...view, people: accounts } : view)));
      },
      set: (change) => session?.set(change),
      end: (ending) => session?.finish(ending),
      shown: () => shown,
    },
  };
}

function participant(account: AccountView, joinId: string): GroupParticipant {
  return {
    joinId,
    account,
    deviceId: fixtureId<DeviceId>(9),
    isSelf: false,
    isMuted: false,
    hasCamera: false,
    isSharing: false,
    isHandRaised: false,
    isSpeaking: false,
    hasKeys: true,
    camera: 'off',
    screen: 'off',
  };
}

interface SessionOptions {
  shown(wanted: readonly WantedPicture[]): void;
  ended(ending: GroupCallEnding): void;
}

class FixtureGroupSession implements GroupCallSession {
  state: GroupCallState;
  readonly local: GroupCallSession['local'];
  readonly #films = new Map<string, MediaStream>();
  readonly #listeners = new Set<(state: GroupCallState) => void>();
  readonly #calls: string[];
  readonly #options: SessionOptions;
  #reactions = 0;

  constructor(view: GroupCallView, choice: GroupCallChoice, calls: string[], options: SessionOptions) {
    const { video, muted = false, lowData = false } = choice;
    this.#calls = calls;
    this.#options = options;
    this.local = { camera: drawFilm('own'), screen: new MediaStream() };
    this.state = {
      phase: { kind: 'connecting' },
      callId: view.callId,
      conversationId: view.conversationId,
      joinId: null,
      connectedAtMs: null,
      local: {
        isMuted: muted,
        camera: video ? 'on' : 'off',
        sharing: 'off',
        lowData,
        microphoneId: 'm1',
        cameraId: 'c1',
        speakerId: 's1',
        facing: 'user',
        isHandRaised: false,
        microphoneProblem: null,
        isSendingRefused: false,
      },
      participants: [],
      speakers: [],
      hands: [],
      reactions: [],
      isLocked: view.isLocked,
      mayControl: view.mayControl,
      muteAsked: false,
      quality: { step: 'unknown', causes: [] },
      route: null,
      problems: [],
    };
  }

  own(): GroupParticipant {
    const { local } = this.state;
    return {
      ...participant(self, ownJoin),
      isSelf: true,
      isMuted: local.isMuted,
      hasCamera: local.camera === 'on',
      isSharing: local.sharing !== 'off',
      isHandRaised: local.isHandRaised,
    };
  }
  set(change: Partial<GroupCallState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of [...this.#listeners]) listener(this.state);
  }
  finish(ending: GroupCallEnding): void {
    if (this.state.phase.kind === 'ended') return;
    this.set({ phase: { kind: 'ended', ending } });
    this.#options.ended(ending);
  }
  #local(change: Partial<GroupCallState['local']>): void {
    this.set({ local: { ...this.state.local, ...change } });
    const own = this.own();
    const participants = this.state.participants.map((one) => (one.isSelf ? own : one));
    const hands = this.state.hands.filter((joinId) => joinId !== ownJoin);
    this.set({ participants, hands: own.isHandRaised ? [...hands, ownJoin] : hands });
  }

  watch(listener: (state: GroupCallState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.state);
    return () => this.#listeners.delete(listener);
  }
  streamOf(joinId: string, source: 'camera' | 'screen'): MediaStream {
    const key = source === 'screen' ? 'screen' : Number(joinId.slice(-1)) % 2 === 0 ? 'other' : 'own';
    const film = this.#films.get(key) ?? drawFilm(key);
    this.#films.set(key, film);
    return film;
  }
  show(wanted: readonly WantedPicture[]): void {
    this.#options.shown(wanted);
  }
  setMuted(isMuted: boolean): void {
    this.#calls.push(`muted ${isMuted}`);
    this.#local({ isMuted, microphoneProblem: null });
    this.set({ muteAsked: false });
  }
  async setCamera(on: boolean): Promise<void> {
    this.#local({ camera: on ? 'on' : 'off' });
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
  setLowData(lowData: boolean): void {
    this.#local({ lowData });
  }
  raiseHand(isHandRaised: boolean): void {
    this.#local({ isHandRaised });
  }
  react(emoji: string): void {
    this.#reactions += 1;
    const reaction = { id: `own${this.#reactions}`, joinId: ownJoin, emoji };
    this.set({ reactions: [...this.state.reactions, reaction] });
  }
  async resumePlayback(): Promise<void> {
    this.set({ problems: [] });
  }
  askMute(joinId: string | null): void {
    this.#calls.push(`askMute ${joinId === null ? 'all' : 'one'}`);
  }
  lowerHand(joinId: string): void {
    this.#calls.push('lowerHand');
    this.set({ hands: this.state.hands.filter((one) => one !== joinId) });
  }
  remove(joinId: string): void {
    this.#calls.push('remove from call');
    this.set({ participants: this.state.participants.filter((one) => one.joinId !== joinId) });
  }
  setLocked(isLocked: boolean): void {
    this.#calls.push(`lock ${isLocked}`);
    this.set({ isLocked });
  }
  endForAll(): void {
    this.finish({ kind: 'over' });
  }
  dismissMuteAsked(): void {
    this.set({ muteAsked: false });
  }
  async statistics(): ReturnType<GroupCallSession['statistics']> {
    const picture = { codec: 'VP8', bitsPerSecond: 400_000, framesPerSecond: 30, lossShare: 0.002 } as const;
    const sent = { ...picture, framesEncoded: 7000, limitedBy: 'none' } as const;
    return {
      route: { kind: 'relayed', protocol: 'udp' },
      roundTripMs: 21.4,
      availableOutgoingBitsPerSecond: 2_400_000,
      sentBitsPerSecond: 1_240_000,
      receivedBitsPerSecond: 3_310_000,
      audioSent: { codec: 'opus', bitsPerSecond: 32_000, lossShare: 0.002 },
      cameraSent: [
        { ...sent, width: 320, height: 180 },
        { ...sent, width: 640, height: 360 },
        { ...sent, width: 1280, height: 720 },
      ],
      screenSent: null,
      received: this.state.participants
        .filter(({ isSelf }) => !isSelf)
        .map(({ joinId }) => ({
          joinId,
          audio: {
            codec: 'opus',
            bitsPerSecond: 31_000,
            lossShare: 0.004,
            jitterMs: 6.4,
            concealedShare: 0,
            energy: 12,
          },
          camera: null,
          screen: null,
        })),
      frames: { sealed: 20_412, opened: 84_388, notSealed: 0, notOpened: 3 },
      transportCipher: 'SRTP_AEAD_AES_128_GCM',
    };
  }
  levels(): ReadonlyMap<string, number> {
    return new Map();
  }
  leave(): void {
    this.finish({ kind: 'left' });
  }
}
