import type { Provider } from '@sotto/crypto';
import {
  type AccountId,
  type DeviceId,
  type Entry,
  EntrySchema,
  idFromBytes,
  MessageEntrySchema,
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
  /** `passing`: a message whose content the server has no more. */
  readonly kind: Entry['kind'];
  /** Its content goes at the server once it was delivered (spec/log.md, "Passing entries"). */
  readonly isPassing: boolean;
  /** SHA-256 of the entry before, as this one says; empty in the first, null where the entry does not decode. */
  readonly prevHash: Uint8Array | null;
}

/** Places in a log are below this; from here on are those of messages that wait (api.ts, `waitingOrderBase`). */
export const seqLimit = waitingOrderBase;
const latestTimeMs = 8_640_000_000_000_000;

/** Null where it is not an entry: fields missing or out of bounds, or with another message than the one that it stands for. */
export function decodeEntry(provider: Pick<Provider, 'sha256'>, bytes: Uint8Array): DecodedEntry | null {
  const entry = decodeMessage(EntrySchema, bytes);
  if (entry === null) return null;
  const transactionId = idFromBytes<TransactionId>(entry.transactionId);
  const accountId = idFromBytes<AccountId>(entry.senderAccount);
  const deviceId = idFromBytes<DeviceId>(entry.senderDevice);
  if (transactionId === null || accountId === null || deviceId === null) return null;
  if (entry.seq < 1n || entry.seq >= BigInt(seqLimit) || entry.epoch >= 2n ** 53n) return null;
  const kind = kindOf(provider, entry);
  if (kind === null) return null;
  return {
    seq: Number(entry.seq),
    acceptedAtMs: clampTime(entry.acceptedAtMs),
    transactionId,
    sender: { accountId, deviceId },
    epoch: entry.epoch,
    kind,
    isPassing: entry.kind.case === 'passing',
    prevHash: entry.prevHash,
  };
}

/** What an entry holds: of a passing one its message, for as long as that comes with it. */
function kindOf(provider: Pick<Provider, 'sha256'>, { kind, passingMessage }: Entry): Entry['kind'] | null {
  if (kind.case !== 'passing') return passingMessage.length === 0 ? kind : null;
  const { messageHash } = kind.value;
  if (passingMessage.length === 0) return kind;
  if (provider.sha256(passingMessage).toHex() !== messageHash.toHex()) return null;
  const value = decodeMessage(MessageEntrySchema, passingMessage);
  return value === null || value.kept !== undefined ? null : { case: 'message', value };
}

/** A place in a log from outside, or null where there can be none such. */
export function seqOf(seq: bigint): number | null {
  return seq >= 1n && seq < BigInt(seqLimit) ? Number(seq) : null;
}

/** A time from outside as a number that `Date` can show. */
export function clampTime(timeMs: bigint): number {
  return timeMs > BigInt(latestTimeMs) ? latestTimeMs : Number(timeMs);
}
