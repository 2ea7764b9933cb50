/** The load: senders that append and receivers that count, over real sockets, on another core than the server. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  AppendRequestSchema,
  AuthenticateRequestSchema,
  idToBytes,
  type LogCursorSchema,
  LogKind,
  type LogRefSchema,
  RequestSchema,
  type ServerFrame,
  ServerFrameSchema,
  SubscribeRequestSchema,
  SubscribeResponseSchema,
} from '@sotto/protocol';
import { WebSocket } from 'ws';
import type { ServerKind } from './childServer.ts';
import { type Group, type Member, signChallenge } from './population.ts';
import { appendFrameSizeBytes, bodySizeBytes, liveSizeBytes } from './sizes.ts';

/** One conversation's connections. */
export interface Traffic {
  /** Sends one message; its deliveries are counted. */
  send(): void;
  /** Messages sent whose answer is outstanding. */
  awaiting: number;
  /** Messages delivered, over all receivers. */
  delivered: number;
  /** Sending times of messages that the first receiver has not got yet. */
  readonly sentAtMs: number[];
  onAnswer: () => void;
  /** Called with the time since sending, for each message that reaches the first receiver. */
  onLatency: ((latencyMs: number) => void) | null;
  close(): void;
}

/** Opens the connections of `group`, with everyone ready to receive. */
export async function openTraffic(kind: ServerKind, address: string, group: Group): Promise<Traffic> {
  const [sender, ...receivers] = await Promise.all(
    [group.sender, ...group.receivers].map((member, i) => openSocket(kind, address, group, member, i > 0)),
  );
  const makeFrame = kind === 'sotto' ? sottoFrames(group) : () => randomBytes(appendFrameSizeBytes);
  const countEntries = kind === 'sotto' ? countPushed : ({ length }: Buffer) => length / appendFrameSizeBytes;
  const traffic: Traffic = {
    send() {
      traffic.awaiting += 1;
      if (traffic.onLatency !== null) traffic.sentAtMs.push(performance.now());
      sender!.send(makeFrame());
    },
    awaiting: 0,
    delivered: 0,
    sentAtMs: [],
    onAnswer() {},
    onLatency: null,
    close() {
      for (const socket of [sender!, ...receivers]) socket.terminate();
    },
  };
  sender!.on('message', (data: Buffer) => {
    if (kind === 'sotto' && data[0] !== responseTag) return;
    traffic.awaiting -= 1;
    traffic.onAnswer();
  });
  for (const [i, receiver] of receivers.entries()) {
    receiver.on('message', (data: Buffer) => {
      const count = countEntries(data);
      traffic.delivered += count;
      if (i > 0 || traffic.onLatency === null) return;
      const nowMs = performance.now();
      for (const sentMs of traffic.sentAtMs.splice(0, count)) traffic.onLatency(nowMs - sentMs);
    });
  }
  return traffic;
}

/** ServerFrame.response. */
const responseTag = 0x12;

/** One connection that only is there, authenticated where there is anything to prove. */
export function openIdle(
  kind: ServerKind,
  address: string,
  group: Group,
  member: Member,
): Promise<WebSocket> {
  return openSocket(kind, address, group, member, true);
}

async function openSocket(
  kind: ServerKind,
  address: string,
  group: Group,
  member: Member,
  isReceiver: boolean,
): Promise<WebSocket> {
  const base = address.replace(/^http/, 'ws');
  const role = isReceiver ? 'receiver' : 'sender';
  const path = kind === 'sotto' ? '/api/v1/connection' : `/?group=${group.conversationId}&role=${role}`;
  const socket = new WebSocket(base + path, { perMessageDeflate: false });
  if (kind === 'floor') await once(socket, 'open');
  else await beginReading(socket, group, member, isReceiver);
  return socket;
}

/** One connection that calls methods, one after another. */
export async function openCaller(address: string, member: Member) {
  return await openCallerBy(address, proofOf(member));
}

export async function openCallerBy(address: string, prove: Prove) {
  const socket = new WebSocket(`${address.replace(/^http/, 'ws')}/api/v1/connection`, {
    perMessageDeflate: false,
  });
  await authenticate(socket, prove);
  return {
    async call(method: string, payload: Uint8Array): Promise<Uint8Array> {
      socket.send(requestFrame(3, method, payload));
      const answer = await nextFrame(socket);
      if (answer.case !== 'response' || answer.value.result.case !== 'payload')
        throw new Error(`The server refused ${method}.`);
      return answer.value.result.value;
    },
    close: () => socket.terminate(),
  };
}

/** What proves a device: fields of Authenticate. */
export type Prove = (
  serverId: Uint8Array,
  nonce: Uint8Array,
) => Promise<MessageInitShape<typeof AuthenticateRequestSchema>>;

function proofOf(member: Member): Prove {
  return async (serverId, nonce) => signChallenge(member, serverId, nonce);
}

async function authenticate(socket: WebSocket, prove: Prove): Promise<void> {
  const challenge = await nextFrame(socket);
  if (challenge.case !== 'challenge') throw new Error('The server did not begin with a challenge.');
  const signed = await prove(challenge.value.serverId, challenge.value.nonce);
  const proof = toBinary(AuthenticateRequestSchema, create(AuthenticateRequestSchema, signed));
  socket.send(requestFrame(1, 'Authenticate', proof));
  await nextFrame(socket);
}

/** Authenticates, and subscribes a receiver to what comes after the conversation's creation. */
async function beginReading(
  socket: WebSocket,
  group: Group,
  member: Member,
  isReceiver: boolean,
): Promise<void> {
  await authenticate(socket, proofOf(member));
  if (!isReceiver) return;
  const log = { kind: LogKind.CONVERSATION, id: idToBytes(group.conversationId) };
  await subscribe(socket, { log, seq: 1n });
}

/** The newest entry's `seq`. */
async function subscribe(
  socket: WebSocket,
  cursor: MessageInitShape<typeof LogCursorSchema>,
): Promise<number> {
  const subscription = create(SubscribeRequestSchema, { logs: [cursor] });
  socket.send(requestFrame(2, 'Subscribe', toBinary(SubscribeRequestSchema, subscription)));
  const answer = await nextFrame(socket);
  if (answer.case !== 'response' || answer.value.result.case !== 'payload')
    throw new Error('The server refused a subscription.');
  return Number(fromBinary(SubscribeResponseSchema, answer.value.result.value).heads[0]?.seq);
}

/** A connection to Sotto's server that reads one log from its start. Its next request has an id above 2. */
export async function openReader(
  address: string,
  prove: Prove,
  log: MessageInitShape<typeof LogRefSchema>,
  onFrame: (frame: Buffer) => void,
): Promise<{ readonly socket: WebSocket; readonly headSeq: number }> {
  const socket = new WebSocket(`${address.replace(/^http/, 'ws')}/api/v1/connection`, {
    perMessageDeflate: false,
  });
  await authenticate(socket, prove);
  socket.on('message', onFrame);
  return { socket, headSeq: await subscribe(socket, { log, seq: 0n }) };
}

/** The next challenge or response; pushes (presence) are passed over. */
function nextFrame(socket: WebSocket): Promise<ServerFrame['kind']> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    const look = (data: Buffer) => {
      const { kind } = fromBinary(ServerFrameSchema, data);
      if (kind.case === 'push') return;
      socket.off('message', look);
      resolve(kind);
    };
    socket.on('message', look);
  });
}

export function requestFrame(id: number, method: string, payload: Uint8Array): Uint8Array {
  return toBinary(RequestSchema, create(RequestSchema, { id, method, payload }));
}

/** Append requests that differ in id and transaction id only: the load's core has to keep up with the server's. */
function sottoFrames({ conversationId }: Group): () => Uint8Array {
  const transactionId = randomBytes(16);
  const message = { body: randomBytes(bodySizeBytes), live: randomBytes(liveSizeBytes) };
  const request = { conversationId: idToBytes(conversationId), transactionId, epoch: 1n };
  const payload = create(AppendRequestSchema, { ...request, kind: { case: 'message', value: message } });
  const template = Buffer.from(requestFrame(0x3fff, 'Append', toBinary(AppendRequestSchema, payload)));
  if (template.length !== appendFrameSizeBytes) throw new Error(`An append takes ${template.length} bytes.`);
  const at = template.indexOf(transactionId);
  return () => {
    const frame = Buffer.from(template);
    randomBytes(16).copy(frame, at);
    return frame;
  };
}

/** Entries in a push; 0 for any other frame. */
function countPushed(frame: Buffer): number {
  return pushedSeqs(frame).length;
}

/** `seq` of each entry in a push; none for any other frame. Reads no more of it than it must. */
export function pushedSeqs(frame: Buffer): number[] {
  // ServerFrame.push = 0x1a, Push.entries = 0x0a, EntriesPush.log = 0x0a, EntriesPush.entries = 0x12
  const seqs: number[] = [];
  if (frame[0] !== 0x1a) return seqs;
  let [, at] = varint(frame, 1);
  if (frame[at] !== 0x0a) return seqs;
  [, at] = varint(frame, at + 1);
  while (at < frame.length) {
    const isEntry = frame[at] === 0x12;
    const [size, start] = varint(frame, at + 1);
    at = start + size;
    // Entry.seq = 0x08, the first
    if (isEntry) seqs.push(varint(frame, start + 1)[0]);
  }
  return seqs;
}

function varint(bytes: Buffer, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7, at += 1) {
    const byte = bytes[at]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at + 1];
  }
}
