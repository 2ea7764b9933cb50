import type { Provider } from '@sotto/crypto';
import { type ConversationId, idFromBytes, limits } from '@sotto/protocol';
import { findConversationByLog } from '../conversations/conversationTable.ts';
import type { Step } from '../device/steps.ts';
import { decodeEntry } from '../sync/entry.ts';
import { insertDeposit, readKeyringCursor, setKeyringCursor } from './depositTable.ts';
import { isDeposited, isLateKey } from './epochKeyTable.ts';
import { forgetGaps } from './historyGaps.ts';
import { findKeyringHash, keyringItem, noteForked, storeKeyringHashes } from './keyringHead.ts';

export type KeyringStep =
  | {
      readonly kind: 'taken';
      readonly seq: number;
      readonly consumed: number;
      readonly hasDeposits: boolean;
      /** Entries of history are to be read again. */
      readonly hasGaps: boolean;
    }
  | { readonly kind: 'gap' | 'malformed' };

/**
 * Takes entries of the account's keyring, in order: each is a deposit, stored to be opened when its key is wanted
 * (spec/history.md §Keyring). An entry that is something else, or malformed after it was asked for again, is passed over.
 * Entries that do not follow each other, or are not those that another device of the account has read, are noted.
 */
export async function readKeyring(
  { provider, nowMs }: { readonly provider: Pick<Provider, 'sha256'>; readonly nowMs: number },
  step: Step,
  entries: readonly Uint8Array[],
  acceptMalformed: boolean,
): Promise<KeyringStep> {
  let cursor = step.read(readKeyringCursor);
  let hash = cursor === 0 ? '' : step.read((sql) => findKeyringHash(sql, cursor));
  const item = step.read(keyringItem);
  const hashes = new Map<number, Uint8Array>();
  const taken: Parameters<typeof insertDeposit>[1][] = [];
  let consumed = 0;
  let isForked = false;
  let stopped: 'gap' | 'malformed' | null = null;
  for (const bytes of entries) {
    const entry = decodeEntry(provider, bytes);
    if (entry === null && !acceptMalformed) {
      stopped = 'malformed';
      break;
    }
    const seq = entry?.seq ?? cursor + 1;
    if (seq > cursor + 1) {
      stopped = 'gap';
      break;
    }
    consumed += 1;
    if (seq <= cursor) continue;
    if (entry !== null && hash !== null && entry.prevHash?.toHex() !== hash) isForked = true;
    cursor = seq;
    hashes.set(seq, provider.sha256(bytes));
    hash = hashes.get(seq)?.toHex() ?? null;
    if (item.seq === seq && item.hash !== hash) isForked = true;
    if (entry?.kind.case !== 'deposit') continue;
    const { conversationId: id, epoch, firstEpoch, enc, sealed, signature } = entry.kind.value;
    const conversationId = idFromBytes<ConversationId>(id);
    const sizeBytes = enc.length + sealed.length + signature.length;
    if (
      conversationId === null ||
      epoch >= 2n ** 53n ||
      firstEpoch > epoch ||
      sizeBytes > limits.depositSizeBytes
    )
      continue;
    const { accountId, deviceId } = entry.sender;
    taken.push({
      seq,
      deposit: {
        conversationId,
        epoch,
        ...(firstEpoch === 0n ? {} : { firstEpoch }),
        enc,
        sealed,
        signature,
      },
      depositor: { accountId, deviceId },
    });
  }
  if (consumed === 0 && stopped !== null) return { kind: stopped };
  const hasGaps = await step.commit((sql, changes) => {
    const late = new Set<ConversationId>();
    for (const deposit of taken) {
      const { conversationId, epoch, firstEpoch } = deposit.deposit;
      if (firstEpoch === undefined && isDeposited(sql, conversationId, epoch)) continue;
      if (isLateKey(sql, conversationId, epoch)) late.add(conversationId);
      insertDeposit(sql, deposit);
    }
    setKeyringCursor(sql, cursor);
    storeKeyringHashes(sql, hashes);
    if (isForked) noteForked(sql, nowMs);
    const rows = [...late].map((logId) => findConversationByLog(sql, logId)).filter((row) => row !== null);
    return rows.filter((row) => forgetGaps(sql, changes, row)).length > 0;
  });
  return { kind: 'taken', seq: cursor, consumed, hasDeposits: taken.length > 0, hasGaps };
}
