import { type ConversationId, idFromBytes, limits } from '@sotto/protocol';
import type { Step } from '../device/steps.ts';
import { decodeEntry } from '../sync/entry.ts';
import { insertDeposit, readKeyringCursor, setKeyringCursor } from './depositTable.ts';

export type KeyringStep =
  | { readonly kind: 'taken'; readonly seq: number; readonly consumed: number }
  | { readonly kind: 'gap' | 'malformed' };

/**
 * Takes entries of the account's keyring, in order: each is a deposit, stored to be opened when its key is wanted
 * (spec/history.md §Keyring). An entry that is something else, or malformed after it was asked for again, is passed over.
 */
export async function readKeyring(
  step: Step,
  entries: readonly Uint8Array[],
  acceptMalformed: boolean,
): Promise<KeyringStep> {
  let cursor = step.read(readKeyringCursor);
  const taken: Parameters<typeof insertDeposit>[1][] = [];
  let consumed = 0;
  let stopped: 'gap' | 'malformed' | null = null;
  for (const bytes of entries) {
    const entry = decodeEntry(bytes);
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
    cursor = seq;
    if (entry?.kind.case !== 'deposit') continue;
    const { conversationId: id, epoch, enc, sealed, signature } = entry.kind.value;
    const conversationId = idFromBytes<ConversationId>(id);
    const sizeBytes = enc.length + sealed.length + signature.length;
    if (conversationId === null || epoch >= 2n ** 53n || sizeBytes > limits.depositSizeBytes) continue;
    const { accountId, deviceId } = entry.sender;
    taken.push({
      seq,
      deposit: { conversationId, epoch, enc, sealed, signature },
      depositor: { accountId, deviceId },
    });
  }
  if (consumed === 0 && stopped !== null) return { kind: stopped };
  await step.commit((sql) => {
    for (const deposit of taken) insertDeposit(sql, deposit);
    setKeyringCursor(sql, cursor);
  });
  return { kind: 'taken', seq: cursor, consumed };
}
