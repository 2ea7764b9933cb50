/** For tests: what holds the media of a call, without media. */
import { loadNodeProvider } from '@sotto/primitives/node';
import type { CallId, ConversationId } from '@sotto/protocol';
import type { CallLineView, CallSetup, CallSignals, CallView, Outcome } from '../api.ts';
import type { TestDevice } from './testDevice.ts';
import type { TestWorld } from './testWorld.ts';

const provider = await loadNodeProvider();
const { hpke } = provider.suite(0x0001);

/** An SDP with nothing but a certificate of its own; `size` bytes at least. */
export function descriptionOf(certificate: string, size = 0): string {
  const fingerprint = provider.sha256(new TextEncoder().encode(certificate));
  const pairs = [...fingerprint].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase());
  const sdp = `v=0\r\na=fingerprint:sha-256 ${pairs.join(':')}\r\n`;
  return sdp.padEnd(size, 'a');
}

/** One entry of what the frame worker is told: `use` 0 seals, 1 opens. */
export interface OpenedFrameKey {
  readonly use: number;
  readonly keyId: bigint;
  readonly key: string;
}

export class Holder {
  readonly world: TestWorld;
  readonly device: TestDevice;
  readonly callId: CallId;
  readonly #pair: { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array };
  signals: CallSignals = { join: 0, updates: [], frameKeys: [], code: null, ended: null };
  #stop: () => void = () => undefined;

  private constructor(
    world: TestWorld,
    device: TestDevice,
    callId: CallId,
    pair: { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array },
  ) {
    this.world = world;
    this.device = device;
    this.callId = callId;
    this.#pair = pair;
  }

  static async create(world: TestWorld, device: TestDevice, callId: CallId): Promise<Holder> {
    return new Holder(world, device, callId, await hpke.generateKeyPair());
  }

  get frameKey(): Uint8Array {
    return this.#pair.publicKey;
  }

  hold(): void {
    this.#stop();
    this.#stop = this.device.api.watch({ kind: 'callSignals', callId: this.callId }, (signals) => {
      this.signals = signals;
    });
  }

  /** The page is closed. */
  drop(): void {
    this.#stop();
    this.#stop = () => undefined;
  }

  start(certificate: string, hasVideo = false) {
    const { callId, frameKey } = this;
    return { callId, hasVideo, description: descriptionOf(certificate), frameKey };
  }

  /** What the frame worker comes to know. */
  async keys(): Promise<OpenedFrameKey[]> {
    const info = new Uint8Array([
      ...new TextEncoder().encode('Sotto 1 call frame key'),
      ...Uint8Array.fromHex(this.callId),
    ]);
    const opened: OpenedFrameKey[] = [];
    for (const sealed of this.signals.frameKeys) {
      const [enc, ciphertext] = [sealed.slice(0, 32), sealed.slice(32)];
      const plain = await hpke.open(this.#pair.privateKey, enc, info, new Uint8Array(0), ciphertext);
      if (plain?.length !== 41) throw new Error('A key does not open');
      const keyId = new DataView(plain.buffer, plain.byteOffset).getBigUint64(1);
      opened.push({ use: plain[0]!, keyId, key: plain.slice(9).toHex() });
    }
    return opened;
  }
}

function resultOf<Value>(outcome: Outcome<Value, { readonly kind: string }>): Value {
  if (outcome.kind === 'problem') throw new Error(outcome.problem.kind);
  return outcome.value;
}

/** Lets time pass until a command is answered. */
export async function answerOf<Value>(world: TestWorld, work: Promise<Value>): Promise<Value> {
  const result = await world.result(work);
  if ('error' in result) throw result.error;
  return result.value;
}

/** Calls the other side of the device's first conversation, and holds the call. */
export async function startCall(
  world: TestWorld,
  device: TestDevice,
  options: { readonly hasVideo?: boolean; readonly conversationId?: ConversationId } = {},
): Promise<Holder> {
  const conversationId = options.conversationId ?? device.conversations[0]!.conversationId;
  const setup: CallSetup = resultOf(await answerOf(world, device.api.prepareCall(conversationId)));
  const holder = await Holder.create(world, device, setup.callId);
  holder.hold();
  const certificate = `of the caller ${setup.callId}`;
  resultOf(await answerOf(world, device.api.startCall(holder.start(certificate, options.hasVideo))));
  return holder;
}

export async function answerCall(world: TestWorld, device: TestDevice, callId: CallId): Promise<Holder> {
  resultOf(await answerOf(world, device.api.openCall(callId)));
  const holder = await Holder.create(world, device, callId);
  holder.hold();
  resultOf(await answerOf(world, device.api.answerCall(holder.start(`of an answerer ${callId}`))));
  return holder;
}

/** Calls as a device shows them, kept up to date. */
export function watchCalls(device: TestDevice): { readonly calls: () => readonly CallView[] } {
  let calls: readonly CallView[] = [];
  device.api.watch({ kind: 'calls' }, (value) => {
    calls = value;
  });
  return { calls: () => calls };
}

export async function rings(world: TestWorld, device: TestDevice, callId?: CallId): Promise<CallView> {
  const { calls } = watchCalls(device);
  const ringing = () =>
    calls().find(
      (call) =>
        call.phase === 'ringing' && call.device === null && (callId === undefined || call.callId === callId),
    );
  await world.until(() => ringing() !== undefined, 'it rings');
  return ringing()!;
}

/** Both sides have the call's keys. */
export async function talk(world: TestWorld, caller: Holder, callee: Holder): Promise<void> {
  await world.until(
    () => caller.signals.code !== null && callee.signals.code !== null,
    'both sides have the keys',
  );
}

/** Lines of calls in the device's first conversation. */
export async function callLines(
  world: TestWorld,
  device: TestDevice,
  conversationId?: ConversationId,
): Promise<CallLineView[]> {
  const messages = await answerOf(world, device.messages(conversationId));
  return messages.flatMap(({ body }) => (body.kind === 'call' ? [body.call] : []));
}

/** No call is open on the device, and nothing of one waits to be sent. */
export async function isSettled(world: TestWorld, device: TestDevice): Promise<void> {
  const count = (sql: string) => device.disk.rows(sql)[0]?.n;
  await world.until(
    () =>
      count('SELECT count(*) AS n FROM call WHERE is_open = 1') === 0 &&
      count("SELECT count(*) AS n FROM outbox WHERE kind = 'call'") === 0,
    'its calls are over',
  );
}
