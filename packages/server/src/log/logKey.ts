import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  idFromBytes,
  idToBytes,
  type LogCursor,
  LogKind,
  type LogRef,
} from '@sotto/protocol';
import type { Cursor, LogKey } from '../store/store.ts';

/** The log that `ref` names, or null where it names none. */
export function decodeLogRef(ref: LogRef | undefined): LogKey | null {
  switch (ref?.kind) {
    case LogKind.CONVERSATION: {
      const id = idFromBytes<ConversationId>(ref.id);
      return id === null ? null : { kind: 'conversation', id };
    }
    case LogKind.INBOX: {
      const id = idFromBytes<DeviceId>(ref.id);
      return id === null ? null : { kind: 'inbox', id };
    }
    case LogKind.KEYRING: {
      const id = idFromBytes<AccountId>(ref.id);
      return id === null ? null : { kind: 'keyring', id };
    }
    default:
      return null;
  }
}

export function encodeLogRef(log: LogKey): { kind: LogKind; id: Uint8Array } {
  return { kind: logKindOf(log), id: idToBytes(log.id) };
}

const kinds = {
  conversation: LogKind.CONVERSATION,
  inbox: LogKind.INBOX,
  keyring: LogKind.KEYRING,
} as const;

export function logKindOf(log: LogKey): (typeof kinds)[LogKey['kind']] {
  return kinds[log.kind];
}

/** `log` as a key of a Map. */
export function logName(log: LogKey): string {
  return `${log.kind}/${log.id}`;
}

/** The cursors in a request, or null where one is malformed. Positions beyond 2^53 - 1 are nobody's. */
export function decodeCursors(cursors: readonly LogCursor[]): Cursor[] | null {
  const decoded: Cursor[] = [];
  for (const { log: ref, seq } of cursors) {
    const log = decodeLogRef(ref);
    if (log === null || seq > BigInt(Number.MAX_SAFE_INTEGER)) return null;
    decoded.push({ log, seq: Number(seq) });
  }
  return decoded;
}
