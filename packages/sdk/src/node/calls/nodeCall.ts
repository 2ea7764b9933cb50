/**
 * One call of a Node process (spec/calls.md, spec/callMedia.md): the engine's word on one side, a peer connection, a tone and a
 * test pattern on the other. Invariants: what the other device told is taken in its order, one after the other; media stops
 * before anybody is told that the call is over; a call that finds no way ends itself.
 */
import type {
  CallEnding,
  CallProblem,
  CallSetup,
  CallSignals,
  CallUpdate,
  Outcome,
  RemoteUpdate,
  SottoApi,
} from '@sotto/client';
import type { CallId, ConversationId } from '@sotto/protocol';
import { createFrameGate, type FrameGate } from './frameGate.ts';
import { createMediaEar, type MediaEar } from './mediaEar.ts';
import { type MediaLoop, startMediaLoop } from './mediaLoop.ts';
import { createMediaPeer, type MediaPeer, type PeerState } from './mediaPeer.ts';
import type { NodeCallState, NodeCallStatistics } from './nodeCallState.ts';
import { tellAll } from './tellAll.ts';
import { createTone } from './tone.ts';

export interface NodeCallOptions {
  /** Frequency of the tone that is sent, in hertz; 440 unless told. */
  readonly toneHz?: number;
  /** Whether a voice call may become one with video, when the other side asks; so unless told. */
  readonly acceptsVideo?: boolean;
  /** How the relay is reached, where one is used; UDP unless told. */
  readonly relayTransport?: 'udp' | 'tcp';
}

export interface NodeCall {
  /** Another one than at first where both called each other at once. */
  readonly callId: CallId;
  readonly state: NodeCallState;
  /** Calls `listener` with the present state and each new one; the last one is `ended`. */
  watch(listener: (state: NodeCallState) => void): () => void;
  /** At this moment. */
  statistics(): NodeCallStatistics;
  setMuted(muted: boolean): void;
  /** Turns the test pattern on or off. */
  setVideo(on: boolean): void;
  /** Hangs up, or takes back what rings. Resolves once the call is over here. */
  end(): Promise<void>;
}

/** How a call begins: at somebody, or with one that rings. */
export type NodeCallBeginning =
  | { readonly kind: 'start'; readonly conversationId: ConversationId; readonly hasVideo: boolean }
  | { readonly kind: 'answer'; readonly callId: CallId; readonly hasVideo: boolean };

const connectLimitMs = 30_000;
const restartDelayMs = 1000;

/** Rings, or answers; a problem has told nobody of anything. */
export async function openNodeCall(
  api: SottoApi,
  beginning: NodeCallBeginning,
  options: NodeCallOptions,
): Promise<Outcome<NodeCall, CallProblem>> {
  const [tone, ear] = [await createTone(options.toneHz ?? 440), await createMediaEar()];
  const call = new OpenNodeCall(api, options, ear, beginning.hasVideo);
  call.loop = startMediaLoop(() => call.peer, tone, { isMuted: false, hasVideo: beginning.hasVideo });
  const problem = await call.begin(beginning);
  if (!problem) return { kind: 'ok', value: call };
  await call.close({ kind: 'gone' });
  return { kind: 'problem', problem };
}

/** What belongs to one stay of this device in a call. */
interface Stay {
  readonly setup: CallSetup;
  readonly gate: FrameGate;
  remoteJoin: number;
  readonly taken: { updates: number; keys: number };
  stopWatching: () => void;
}

class OpenNodeCall implements NodeCall {
  readonly #api: SottoApi;
  readonly #options: NodeCallOptions;
  readonly #ear: MediaEar;
  readonly #listeners = new Set<(state: NodeCallState) => void>();
  readonly #ended = Promise.withResolvers<void>();
  /** An engine that has stopped takes no word, and holds no call any more. */
  readonly #gone = (): Promise<void> => this.close({ kind: 'gone' });
  #stay: Stay | null = null;
  #work: Promise<void> = Promise.resolve();
  #limit: NodeJS.Timeout | undefined;
  #restart: NodeJS.Timeout | undefined;
  #state: NodeCallState;
  loop: MediaLoop | null = null;
  peer: MediaPeer | null = null;

  constructor(api: SottoApi, options: NodeCallOptions, ear: MediaEar, hasVideo: boolean) {
    this.#api = api;
    this.#options = options;
    this.#ear = ear;
    this.#state = {
      phase: { kind: 'connecting' },
      connectedAtMs: null,
      code: null,
      isMuted: false,
      hasVideo,
      remote: null,
    };
  }

  get callId(): CallId {
    return this.#stay?.setup.callId ?? ('' as CallId);
  }

  get state(): NodeCallState {
    return this.#state;
  }

  watch(listener: (state: NodeCallState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => this.#listeners.delete(listener);
  }

  statistics(): NodeCallStatistics {
    const { received, toneHz, pictureSize, heardAtMs } = this.#ear;
    return structuredClone({
      route: this.peer?.route ?? null,
      sent: this.loop?.sent ?? { audio: 0, video: 0 },
      received,
      toneHz,
      pictureSize,
      heardAtMs,
    });
  }

  setMuted(isMuted: boolean): void {
    this.#choose({ isMuted, hasVideo: this.#state.hasVideo });
  }

  setVideo(hasVideo: boolean): void {
    this.#choose({ isMuted: this.#state.isMuted, hasVideo });
  }

  async end(): Promise<void> {
    await this.#hangUp();
    await this.#ended.promise;
  }

  /** A problem, where nobody was told. Where the engine stopped meanwhile it is closed, and rejects. */
  async begin(beginning: NodeCallBeginning): Promise<CallProblem | null> {
    try {
      return await this.#begin(beginning);
    } catch (error) {
      await this.close({ kind: 'gone' });
      throw error;
    }
  }

  async #begin(beginning: NodeCallBeginning): Promise<CallProblem | null> {
    const prepared = await this.#prepare(beginning);
    if (prepared.kind === 'problem') return prepared.problem;
    const { setup, offer } = prepared.value;
    const { callId, remoteJoin, isCaller } = setup;
    const gate = await createFrameGate(callId);
    const stay: Stay = {
      setup,
      gate,
      remoteJoin,
      taken: { updates: 0, keys: 0 },
      stopWatching: () => {},
    };
    this.#stay = stay;
    await this.#openPeer(stay);
    const description = offer === null ? await this.peer?.createOffer() : await this.peer?.acceptOffer(offer);
    if (!description) return { kind: 'malformedDescription' };
    const start = { callId, hasVideo: beginning.hasVideo, description, frameKey: gate.frameKey };
    const begun = isCaller ? await this.#api.startCall(start) : await this.#api.answerCall(start);
    if (begun.kind === 'problem') return begun.problem;
    this.#update({ phase: { kind: isCaller ? 'ringing' : 'connecting' } });
    if (!isCaller) {
      this.#limitConnecting();
      this.#tellMedia(stay);
    }
    stay.stopWatching = this.#api.watch({ kind: 'callSignals', callId }, (signals) => {
      this.#inTurn(() => this.#take(stay, signals));
    });
    return null;
  }

  async #prepare(
    beginning: NodeCallBeginning,
  ): Promise<Outcome<{ setup: CallSetup; offer: string | null }, CallProblem>> {
    if (beginning.kind === 'start') {
      const prepared = await this.#api.prepareCall(beginning.conversationId);
      return prepared.kind === 'ok'
        ? { kind: 'ok', value: { setup: prepared.value, offer: null } }
        : prepared;
    }
    const opened = await this.#api.openCall(beginning.callId);
    return opened.kind === 'ok'
      ? { kind: 'ok', value: { setup: opened.value, offer: opened.value.offer } }
      : opened;
  }

  /** Everything is let go of, and then told. */
  async close(ending: CallEnding): Promise<void> {
    if (this.#state.phase.kind === 'ended') return;
    clearTimeout(this.#limit);
    clearTimeout(this.#restart);
    this.#stay?.stopWatching();
    this.loop?.stop();
    this.#ear.close();
    await this.peer?.close();
    this.#update({ phase: { kind: 'ended', ending } });
    this.#listeners.clear();
    this.#ended.resolve();
  }

  async #hangUp(reason?: 'failed'): Promise<void> {
    const stay = this.#stay;
    if (!stay || this.#state.phase.kind === 'ended') return;
    await this.#api.endCall(stay.setup.callId, reason).catch(this.#gone);
  }

  #tell({ setup, remoteJoin: join }: Stay, update: Omit<CallUpdate, 'join'>): Promise<unknown> {
    return this.#api.updateCall(setup.callId, { join, ...update }).catch(this.#gone);
  }

  #update(change: Partial<NodeCallState>): void {
    this.#state = { ...this.#state, ...change };
    tellAll(this.#listeners, this.#state);
  }

  #choose(choice: { readonly isMuted: boolean; readonly hasVideo: boolean }): void {
    const { isMuted, hasVideo, phase } = this.#state;
    if (phase.kind === 'ended' || (choice.isMuted === isMuted && choice.hasVideo === hasVideo)) return;
    if (this.loop) Object.assign(this.loop, choice);
    this.#update(choice);
    if (this.#stay && phase.kind !== 'ringing') this.#tellMedia(this.#stay);
  }

  #tellMedia(stay: Stay, video?: 'accepted' | 'declined'): void {
    const { isMuted, hasVideo } = this.#state;
    const media = { isMuted, hasCamera: hasVideo, isSharing: false, isLowData: false };
    void this.#tell(stay, { media, ...(video ? { video } : {}) });
  }

  async #openPeer(stay: Stay): Promise<void> {
    const before = this.peer;
    this.peer = await createMediaPeer({
      servers: stay.setup.servers,
      isRelayOnly: stay.setup.isRelayOnly,
      ...(this.#options.relayTransport ? { relayTransport: this.#options.relayTransport } : {}),
      seal: (kind, frame) => stay.gate.seal(kind, frame),
      open: (kind, sealed) => this.#ear.take(stay.gate, kind, sealed),
      onState: (state) => this.#onPeerState(stay, state),
      onPictureRequest: () => this.loop?.restartPicture(),
    });
    await before?.close();
  }

  /** Does one thing after the other. What fails is given up, and what comes after it is done all the same. */
  #inTurn(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch(() => undefined);
  }

  /** Takes what is new in `signals`. */
  async #take(stay: Stay, signals: CallSignals): Promise<void> {
    if (this.#state.phase.kind === 'ended' || stay !== this.#stay) return;
    try {
      await this.#takeNews(stay, signals);
    } finally {
      if (signals.ended) await this.#takeEnding(stay, signals.ended);
    }
  }

  /** Each is taken at most once, also where it fails. */
  async #takeNews(stay: Stay, signals: CallSignals): Promise<void> {
    const { gate, taken } = stay;
    for (const sealed of signals.frameKeys.slice(taken.keys)) {
      taken.keys++;
      await gate.take(sealed);
    }
    // Once the call is over it is not told any more.
    const code = signals.code ?? this.#state.code;
    if (code !== this.#state.code) this.#update({ code });
    for (const update of signals.updates.slice(taken.updates)) {
      taken.updates++;
      await this.#takeUpdate(stay, update);
    }
  }

  async #takeEnding(stay: Stay, ending: CallEnding): Promise<void> {
    if (ending.kind !== 'joinOther') {
      await this.close(ending);
      return;
    }
    stay.stopWatching();
    const again = { kind: 'answer', callId: ending.callId, hasVideo: this.#state.hasVideo } as const;
    if (await this.begin(again)) await this.close({ kind: 'gone' });
  }

  async #takeUpdate(
    stay: Stay,
    { join, description, candidates, media, video }: RemoteUpdate,
  ): Promise<void> {
    if (join < stay.remoteJoin) return;
    if (join > stay.remoteJoin) {
      stay.remoteJoin = join;
      await this.#openPeer(stay);
      this.#tellMedia(stay);
    }
    if (description?.type === 'answer') await this.#takeAnswer(stay, description.sdp);
    if (description?.type === 'offer') await this.#takeOffer(stay, description.sdp);
    for (const candidate of candidates) await this.peer?.addCandidate(candidate);
    if (media) this.#update({ remote: media });
    if (video === 'asked') {
      const accepts = this.#options.acceptsVideo ?? true;
      if (accepts && this.loop) this.loop.hasVideo = true;
      if (accepts) this.#update({ hasVideo: true });
      this.#tellMedia(stay, accepts ? 'accepted' : 'declined');
    }
  }

  async #takeAnswer(stay: Stay, sdp: string): Promise<void> {
    const isAccepted = (await this.peer?.acceptAnswer(sdp)) ?? false;
    if (this.#state.phase.kind !== 'ringing') return;
    if (!isAccepted) {
      await this.#hangUp('failed');
      return;
    }
    this.#update({ phase: { kind: 'connecting' } });
    this.#limitConnecting();
    this.#tellMedia(stay);
  }

  async #takeOffer(stay: Stay, sdp: string): Promise<void> {
    const answer = await this.peer?.acceptOffer(sdp);
    if (answer) await this.#tell(stay, { description: { type: 'answer', sdp: answer } });
  }

  #onPeerState(stay: Stay, state: PeerState): void {
    const { phase } = this.#state;
    if (phase.kind === 'ended' || phase.kind === 'ringing' || stay !== this.#stay) return;
    if (state === 'connected') {
      clearTimeout(this.#limit);
      clearTimeout(this.#restart);
      this.#limit = undefined;
      this.loop?.restartPicture();
      this.#update({
        phase: { kind: 'connected' },
        connectedAtMs: this.#state.connectedAtMs ?? Date.now(),
      });
      return;
    }
    if (this.#state.connectedAtMs === null) {
      if (state === 'failed') void this.#hangUp('failed');
      return;
    }
    if (phase.kind === 'connected') this.#update({ phase: { kind: 'reconnecting' } });
    if (this.#limit === undefined) this.#limitConnecting();
    if (state !== 'connecting') this.#scheduleRestart(stay);
  }

  /** The caller's side looks for another way; the other one follows it. */
  #scheduleRestart(stay: Stay): void {
    if (!stay.setup.isCaller) return;
    clearTimeout(this.#restart);
    this.#restart = setTimeout(() => {
      this.#inTurn(() => this.#restartIce(stay));
    }, restartDelayMs);
  }

  async #restartIce(stay: Stay): Promise<void> {
    if (this.#state.phase.kind !== 'reconnecting' || stay !== this.#stay) return;
    const sdp = await this.peer?.createOffer({ iceRestart: true });
    if (sdp) await this.#tell(stay, { description: { type: 'offer', sdp } });
  }

  #limitConnecting(): void {
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => void this.#hangUp('failed'), connectLimitMs);
  }
}
