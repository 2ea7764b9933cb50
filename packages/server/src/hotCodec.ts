/**
 * The few messages that every delivered message passes through, encoded and decoded by hand: reflective protobuf
 * takes longer for them than storing and sending do. Decoders know only what encoders commonly write (fields in
 * order, once each, nothing unknown) and answer null for the rest, which then takes the general way. The tests hold
 * each against protobuf-es.
 */
import type { AppendRequest, KeptKey, Request } from '@sotto/protocol';
import { logKindOf } from './log/logKey.ts';
import type { LogKey } from './store/store.ts';

/** A Request frame, or null. */
export function decodeRequestFast(frame: Uint8Array): Request | null {
  const reader = new Reader(frame);
  const id = reader.varint(0x08);
  const method = reader.bytes(0x12);
  const payload = reader.bytes(0x1a);
  if (!reader.isDone || id === null || id > 0xffff_ffff || method === null || payload === null) return null;
  let name = '';
  for (const byte of method) {
    if (byte > 0x7f) return null;
    name += String.fromCharCode(byte);
  }
  return { $typeName: 'sotto.v1.Request', id, method: name, payload };
}

/** An AppendRequest with a message, or null. */
export function decodeMessageAppendFast(payload: Uint8Array): AppendRequest | null {
  const reader = new Reader(payload);
  const conversationId = reader.bytes(0x0a);
  const transactionId = reader.bytes(0x12);
  const epoch = reader.varint(0x18);
  const message = reader.bytes(0x22);
  const wakes = !reader.isDone && reader.varint(0x40) === 1;
  if (!reader.isDone || conversationId === null || transactionId === null || epoch === null) return null;
  if (message === null) return null;
  const inner = new Reader(message);
  const body = inner.bytes(0x0a);
  const live = inner.bytes(0x12);
  if (body === null || live === null) return null;
  const kept = inner.isDone ? undefined : decodeKept(inner.bytes(0x1a));
  if (!inner.isDone || kept === null) return null;
  return {
    $typeName: 'sotto.v1.AppendRequest',
    conversationId,
    transactionId,
    epoch: BigInt(epoch),
    blobIds: [],
    passing: false,
    wakes,
    kind: {
      case: 'message',
      value: { $typeName: 'sotto.v1.MessageEntry', body, live, ...(kept === undefined ? {} : { kept }) },
    },
  };
}

function decodeKept(bytes: Uint8Array | null): KeptKey | null {
  if (bytes === null) return null;
  const reader = new Reader(bytes);
  const nonce = reader.bytes(0x0a);
  const sealed = reader.bytes(0x12);
  if (!reader.isDone || nonce === null || sealed === null) return null;
  return { $typeName: 'sotto.v1.KeptKey', nonce, sealed };
}

export interface MessageEntryParts {
  readonly seq: number;
  readonly acceptedAtMs: number;
  readonly transactionId: Uint8Array;
  readonly senderAccount: Uint8Array;
  readonly senderDevice: Uint8Array;
  readonly epoch: number;
  readonly body: Uint8Array;
  readonly live: Uint8Array;
  readonly kept: { readonly nonce: Uint8Array; readonly sealed: Uint8Array } | null;
  readonly prevHash: Uint8Array;
}

/** An Entry with a message, which is never the first of its log. Numbers are positive, bytes not empty. */
export function encodeMessageEntryFast(entry: MessageEntryParts): Uint8Array {
  const { transactionId, senderAccount, senderDevice, body, live, kept, prevHash } = entry;
  const keptSize = kept === null ? 0 : fieldSize(kept.nonce.length) + fieldSize(kept.sealed.length);
  const messageSize =
    fieldSize(body.length) + fieldSize(live.length) + (kept === null ? 0 : fieldSize(keptSize));
  const size =
    1 +
    varintSize(entry.seq) +
    1 +
    varintSize(entry.acceptedAtMs) +
    fieldSize(transactionId.length) +
    fieldSize(senderAccount.length) +
    fieldSize(senderDevice.length) +
    1 +
    varintSize(entry.epoch) +
    fieldSize(messageSize) +
    fieldSize(prevHash.length);
  const bytes = Buffer.allocUnsafe(size);
  let at = writeVarintField(bytes, 0, 0x08, entry.seq);
  at = writeVarintField(bytes, at, 0x10, entry.acceptedAtMs);
  at = writeBytesField(bytes, at, 0x1a, transactionId);
  at = writeBytesField(bytes, at, 0x22, senderAccount);
  at = writeBytesField(bytes, at, 0x2a, senderDevice);
  at = writeVarintField(bytes, at, 0x30, entry.epoch);
  at = writeVarintField(bytes, at, 0x3a, messageSize);
  at = writeBytesField(bytes, at, 0x0a, body);
  at = writeBytesField(bytes, at, 0x12, live);
  if (kept !== null) {
    at = writeVarintField(bytes, at, 0x1a, keptSize);
    at = writeBytesField(bytes, at, 0x0a, kept.nonce);
    at = writeBytesField(bytes, at, 0x12, kept.sealed);
  }
  writeBytesField(bytes, at, 0x52, prevHash);
  return bytes;
}

/** An AppendResponse. Numbers are positive. */
export function encodeAppendResponseFast(seq: number, acceptedAtMs: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(2 + varintSize(seq) + varintSize(acceptedAtMs));
  writeVarintField(bytes, writeVarintField(bytes, 0, 0x08, seq), 0x10, acceptedAtMs);
  return bytes;
}

/** A ServerFrame with a Response that holds `payload`. */
export function encodeResponseFast(id: number, payload: Uint8Array): Uint8Array {
  const idSize = id === 0 ? 0 : 1 + varintSize(id);
  const responseSize = idSize + fieldSize(payload.length);
  const bytes = Buffer.allocUnsafe(fieldSize(responseSize));
  let at = writeVarintField(bytes, 0, 0x12, responseSize);
  if (id !== 0) at = writeVarintField(bytes, at, 0x08, id);
  writeBytesField(bytes, at, 0x12, payload);
  return bytes;
}

/** A ServerFrame with a Push of `entries` of `log`. */
export function encodeEntriesPushFast(log: LogKey, entries: readonly Uint8Array[]): Uint8Array {
  const kind = logKindOf(log);
  const id = Buffer.from(log.id, 'hex');
  const logSize = 1 + varintSize(kind) + fieldSize(id.length);
  let entriesSize = fieldSize(logSize);
  for (const entry of entries) entriesSize += fieldSize(entry.length);
  const pushSize = fieldSize(entriesSize);
  const bytes = Buffer.allocUnsafeSlow(fieldSize(pushSize));
  let at = writeVarintField(bytes, 0, 0x1a, pushSize);
  at = writeVarintField(bytes, at, 0x0a, entriesSize);
  at = writeVarintField(bytes, at, 0x0a, logSize);
  at = writeVarintField(bytes, at, 0x08, kind);
  at = writeBytesField(bytes, at, 0x12, id);
  for (const entry of entries) at = writeBytesField(bytes, at, 0x12, entry);
  return bytes;
}

/** Reads fields in the order in which they are asked for; anything else makes it answer null from then on. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isDone(): boolean {
    return this.#at === this.#bytes.length;
  }

  varint(tag: number): number | null {
    if (this.#bytes[this.#at] !== tag) return null;
    this.#at += 1;
    return this.#value();
  }

  bytes(tag: number): Uint8Array | null {
    const size = this.varint(tag);
    if (size === null || size > this.#bytes.length - this.#at) return null;
    const start = this.#at;
    this.#at += size;
    return this.#bytes.subarray(start, this.#at);
  }

  /** Below 2^49: seven groups of seven bits. */
  #value(): number | null {
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return null;
      this.#at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return null;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest /= 128) size += 1;
  return size;
}

/** A length-delimited field of `length` bytes, with its tag. */
function fieldSize(length: number): number {
  return 1 + varintSize(length) + length;
}

function writeVarintField(bytes: Uint8Array, at: number, tag: number, value: number): number {
  bytes[at] = tag;
  let next = at + 1;
  let rest = value;
  while (rest >= 128) {
    bytes[next] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
    next += 1;
  }
  bytes[next] = rest;
  return next + 1;
}

function writeBytesField(bytes: Uint8Array, at: number, tag: number, value: Uint8Array): number {
  const start = writeVarintField(bytes, at, tag, value.length);
  bytes.set(value, start);
  return start + value.length;
}
