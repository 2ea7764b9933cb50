/**
 * For tests: both engines of one call, in the process of the test, so that they can be made to say what no engine says. What
 * pages are told and give keys to is as in spec/calls.md.
 */
import type {
  CallEnding,
  CallServer,
  CallSetup,
  CallSignals,
  CallUpdate,
  RemoteUpdate,
} from '@sotto/client/api';
import type { Hpke } from '@sotto/primitives';
import type { CallId } from '@sotto/protocol';

export type Side = 'caller' | 'answerer';
const other = { caller: 'answerer', answerer: 'caller' } as const;

/** As `CallSignals`, and the bytes as text, because a page of Playwright takes nothing else. */
export type TextSignals = Omit<CallSignals, 'frameKeys'> & { readonly frameKeys: readonly string[] };

interface Place {
  join: number;
  frameKey: string;
  senderKey: Uint8Array;
  updates: RemoteUpdate[];
  frameKeys: string[];
  ended: CallEnding | null;
  tell: ((signals: TextSignals) => void) | null;
}

interface Start {
  readonly description: string;
  readonly frameKey: string;
  readonly hasVideo: boolean;
}

export class StandInCall {
  readonly callId = '5e'.repeat(16) as CallId;
  servers: readonly CallServer[] = [];
  isRelayOnly = false;
  /** Changes what a side says, or keeps it back (null). */
  tamper: (from: Side, update: RemoteUpdate) => RemoteUpdate | null = (_from, update) => update;
  /** Whether keys are given out, and whether what opens is what seals. */
  keys: 'right' | 'wrong' | 'none' = 'right';
  readonly said: { from: Side; update: RemoteUpdate }[] = [];
  readonly ends: { by: Side; reason: string }[] = [];
  readonly #hpke: Hpke;
  #places: Record<Side, Place> = { caller: newPlace(), answerer: newPlace() };
  #offer: Start | null = null;
  #isAnswered = false;

  constructor(hpke: Hpke) {
    this.#hpke = hpke;
  }

  get isRinging(): boolean {
    return this.#offer !== null && !this.#isAnswered;
  }
  get offer(): string | null {
    return this.#offer?.description ?? null;
  }
  set offer(description: string) {
    if (this.#offer !== null) this.#offer = { ...this.#offer, description };
  }

  /** As if nobody had called yet. */
  reset(): void {
    this.#places = { caller: newPlace(), answerer: newPlace() };
    this.#offer = null;
    this.#isAnswered = false;
  }

  watch(side: Side, tell: (signals: TextSignals) => void): void {
    this.#places[side].tell = tell;
    this.#told(side);
  }

  setup(side: Side): CallSetup {
    return {
      callId: this.callId,
      isCaller: side === 'caller',
      hasVideo: this.#offer?.hasVideo ?? false,
      servers: this.servers,
      isRelayOnly: this.isRelayOnly,
      remoteJoin: this.#places[other[side]].join,
    };
  }

  start(start: Start): void {
    this.#offer = start;
    this.#places.caller.frameKey = start.frameKey;
  }

  async answer(start: Start): Promise<void> {
    this.#isAnswered = true;
    this.#places.answerer.frameKey = start.frameKey;
    this.#say('answerer', { description: { type: 'answer', sdp: start.description } });
    for (const side of ['caller', 'answerer'] as const) await this.#giveKeys(side);
  }

  update(from: Side, { join, ...update }: CallUpdate): void {
    if (join === this.#places[other[from]].join) this.#say(from, update);
  }

  async resume(side: Side, start: Start): Promise<void> {
    const place = this.#places[side];
    const [join, tell] = [place.join + 1, place.tell];
    Object.assign(place, newPlace(), { join, tell, frameKey: start.frameKey });
    this.#say(side, { description: { type: 'offer', sdp: start.description } });
    await this.#giveKeys(side);
    await this.#giveKey(other[side], side, 'opens');
    this.#told(other[side]);
  }

  end(by: Side, reason: string): void {
    this.ends.push({ by, reason });
    this.finish(other[by], { kind: reason === 'failed' ? 'failed' : 'answered' });
  }

  /** Says to one side that it is over. */
  finish(side: Side, ending: CallEnding): void {
    this.#places[side].ended ??= ending;
    this.#told(side);
  }

  #say(from: Side, { description = null, candidates = [], media = null, video = null }: SaidUpdate): void {
    const update: RemoteUpdate = { join: this.#places[from].join, description, candidates, media, video };
    this.said.push({ from, update });
    const tampered = this.tamper(from, update);
    if (tampered === null) return;
    this.#places[other[from]].updates.push(tampered);
    this.#told(other[from]);
  }

  async #giveKeys(side: Side): Promise<void> {
    await this.#giveKey(side, side, 'seals');
    await this.#giveKey(side, other[side], 'opens');
    this.#told(side);
  }

  /** The key that `owner` seals by, sealed to the worker of `to`. */
  async #giveKey(to: Side, owner: Side, use: 'seals' | 'opens'): Promise<void> {
    const { frameKey } = this.#places[to];
    if (this.keys === 'none' || frameKey === '') return;
    const { join, senderKey } = this.#places[owner];
    const isWrong = this.keys === 'wrong' && use === 'opens';
    const plain = new Uint8Array(41);
    plain[0] = use === 'seals' ? 0 : 1;
    new DataView(plain.buffer).setBigUint64(1, BigInt(join * 2 + (owner === 'caller' ? 0 : 1)));
    plain.set(isWrong ? new Uint8Array(32).fill(9) : senderKey, 9);
    const label = new TextEncoder().encode('Sotto 1 call frame key');
    const info = Uint8Array.of(...label, ...Uint8Array.fromHex(this.callId));
    const sealed = await this.#hpke.seal(Uint8Array.fromHex(frameKey), info, new Uint8Array(), plain);
    this.#places[to].frameKeys.push(Uint8Array.of(...sealed.enc, ...sealed.ciphertext).toHex());
  }

  #told(side: Side): void {
    const { join, updates, frameKeys, ended, tell } = this.#places[side];
    const code = this.#isAnswered ? '402913' : null;
    tell?.({ join, updates: [...updates], frameKeys: [...frameKeys], code, ended });
  }
}

type SaidUpdate = Partial<Omit<RemoteUpdate, 'join'>>;

function newPlace(): Place {
  return {
    join: 0,
    frameKey: '',
    senderKey: crypto.getRandomValues(new Uint8Array(32)),
    updates: [],
    frameKeys: [],
    ended: null,
    tell: null,
  };
}
