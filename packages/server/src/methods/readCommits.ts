import { type ConversationId, idFromBytes, limits } from '@sotto/protocol';
import { isCommitEntry } from '../log/isCommitEntry.ts';
import { done, refused } from '../outcome.ts';
import type { ConnectionHandler } from './handler.ts';

/** spec/log.md §Commits alone: what a member device may read of the log, but for its messages. */
export const readCommits: ConnectionHandler<'readCommits'> = async ({ store }, { deviceId }, request) => {
  const id = idFromBytes<ConversationId>(request.conversationId);
  if (id === null || request.afterSeq > BigInt(Number.MAX_SAFE_INTEGER)) return refused('malformed');
  const log = { kind: 'conversation', id } as const;
  const opened = await store.openLogs(deviceId, [log]);
  if (opened.kind === 'refused') return opened;
  const readable = opened.value[0]!;
  const headSeq = Math.min(readable.headSeq, readable.throughSeq ?? readable.headSeq);
  const afterSeq = Math.max(Number(request.afterSeq), readable.afterSeq);
  const entries = await store.readEntries(log, {
    afterSeq,
    throughSeq: headSeq,
    maxEntries: limits.entriesPerCommitRead,
    maxSizeBytes: limits.readSizeBytes,
  });
  return done({
    throughSeq: BigInt(entries.at(-1)?.seq ?? Math.max(afterSeq, headSeq)),
    headSeq: BigInt(headSeq),
    entries: entries.filter(({ bytes }) => isCommitEntry(bytes)).map(({ bytes }) => bytes),
  });
};
