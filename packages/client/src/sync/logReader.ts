import { LogKind } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import { inboxKey, keyringKey } from './unreadableTable.ts';

export type LogKey = ConversationKey | typeof inboxKey | typeof keyringKey;

/** One subscribed log on the present connection. */
export interface LogReader {
  readonly key: LogKey;
  readonly logId: Uint8Array;
  /** Replaced where reading starts over: a step under way goes on with the one that it began with. */
  queue: Uint8Array[];
  cursor: number;
  /** Where backfill ends; null until the server has said so. */
  head: number | null;
  isDraining: boolean;
  isSubscribing: boolean;
  /** Subscribed, and not yet read to the head told then. */
  isAwaitingHead: boolean;
  /** `Directory.mark` when all was read that had come: what comes after it may be older than chains are known since. */
  chainMark: number;
  /** Times in a row that reading stopped at the same place. */
  stuck: number;
  /** The list does not have it: by the server's word the account is out, and the commit that took it out is in the log. */
  isOver: boolean;
  stopWatching: (() => void) | null;
}

export function createLogReader(
  key: LogKey,
  logId: Uint8Array,
  cursor: number,
  chainMark: number,
): LogReader {
  return {
    key,
    logId,
    queue: [],
    cursor,
    head: null,
    isDraining: false,
    isSubscribing: false,
    isAwaitingHead: true,
    chainMark,
    stuck: 0,
    isOver: false,
    stopWatching: null,
  };
}

export function hasCaughtUp(log: LogReader | undefined): boolean {
  return log !== undefined && log.head !== null && log.cursor >= log.head;
}

export function logRef(log: LogReader): { kind: LogKind; id: Uint8Array } {
  return { kind: logKindOf(log), id: log.logId };
}

export function logKindOf({ key }: Pick<LogReader, 'key'>): LogKind {
  switch (key) {
    case inboxKey:
      return LogKind.INBOX;
    case keyringKey:
      return LogKind.KEYRING;
    default:
      return LogKind.CONVERSATION;
  }
}
