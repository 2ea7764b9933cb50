import { limits } from '@sotto/protocol';
import { decodeLogRef } from '../log/logKey.ts';
import { done, refused } from '../outcome.ts';
import type { PageQuery } from '../store/store.ts';
import type { ConnectionHandler } from './handler.ts';
import { refuseTooMany } from './sizes.ts';

/** spec/log.md §Reading back: pages of what a device of a member account may read, whenever the device came. */
export const readLog: ConnectionHandler<'readLog'> = async ({ store }, { accountId }, request) => {
  const tooMany = refuseTooMany(request.logs, limits.logsPerRead);
  if (tooMany !== null) return tooMany;
  const pages: PageQuery[] = [];
  for (const { log: ref, beforeSeq, limit } of request.logs) {
    const log = decodeLogRef(ref);
    const isSound =
      log !== null && log.kind !== 'inbox' && beforeSeq <= BigInt(Number.MAX_SAFE_INTEGER) && limit > 0;
    if (!isSound) return refused('malformed');
    if (limit > limits.entriesPerRead) return refused('too_many', { limit: limits.entriesPerRead });
    pages.push({ log, beforeSeq: beforeSeq === 0n ? null : Number(beforeSeq), maxEntries: limit });
  }
  const outcome = await store.readPages(accountId, pages, limits.readSizeBytes);
  if (outcome.kind === 'refused') return outcome;
  return done({
    pages: outcome.value.map(({ headSeq, firstSeq, entries }) => ({
      headSeq: BigInt(headSeq),
      firstSeq: BigInt(firstSeq),
      entries: [...entries],
    })),
  });
};
