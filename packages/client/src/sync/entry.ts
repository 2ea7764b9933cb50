import {
  type AccountId,
  type DeviceId,
  type Entry,
  EntrySchema,
  idFromBytes,
  type TransactionId,
} from '@sotto/protocol';
import { waitingOrderBase } from '../api.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';

/** An entry of a log with its ids read. What the server says in it is a claim until the group confirms it. */
export interface DecodedEntry {
  readonly seq: number;
  readonly acceptedAtMs: number;
  readonly transactionId: TransactionId;
  readonly sender: { readonly accountId: AccountId; readonly deviceId: DeviceId };
  readonly epoch: bigint;
  readonly kind: Entry['kind'];
  /** SHA-256 of the entry before, as this one says; empty in the first, null where the entry does not decode. */
  readonly prevHash: Uint8Array | null;
}

/** Places in a log are below this; from here on are those of messages that wait (api.ts, `waitingOrderBase`). */
export const seqLimit = waitingOrderBase;
const latestTimeMs = 8_640_000_000_000_000;

/** Null where it is not an entry: fields missing or out of bounds. */
export function decodeEntry(bytes: Uint8Array): DecodedEntry | null {
  const entry = decodeMessage(EntrySchema, bytes);
  if (entry === null) return null;
  const transactionId = idFromBytes<TransactionId>(entry.transactionId);
  const accountId = idFromBytes<AccountId>(entry.senderAccount);
  const deviceId = idFromBytes<DeviceId>(entry.senderDevice);
  if (transactionId === null || accountId === null || deviceId === null) return null;
  if (entry.seq < 1n || entry.seq >= BigInt(seqLimit) || entry.epoch >= 2n ** 53n) return null;
  return {
    seq: Number(entry.seq),
    acceptedAtMs: clampTime(entry.acceptedAtMs),
    transactionId,
    sender: { accountId, deviceId },
    epoch: entry.epoch,
    kind: entry.kind,
    prevHash: entry.prevHash,
  };
}

/** A place in a log from outside, or null where there can be none such. */
export function seqOf(seq: bigint): number | null {
  return seq >= 1n && seq < BigInt(seqLimit) ? Number(seq) : null;
}

/** A time from outside as a number that `Date` can show. */
export function clampTime(timeMs: bigint): number {
  return timeMs > BigInt(latestTimeMs) ? latestTimeMs : Number(timeMs);
}
