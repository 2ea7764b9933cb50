/**
 * What an account's devices tell each other of one message: whether it is starred, and deleted for this account
 * (spec/history.md, "Account items"). Invariant: merging is commutative, associative and idempotent.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import type { Provider } from '@sotto/crypto';
import { type ConversationId, idFromBytes, idToBytes, OwnItemSchema } from '@sotto/protocol';
import { alwaysMuted } from '../api.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import { decodeRef, encodeRef, type MessageRef } from '../messages/messageRef.ts';

export interface MessageMark {
  readonly logId: ConversationId;
  readonly message: MessageRef;
  /** Hybrid time of the last change; 0: never. */
  readonly starChangedMs: number;
  readonly starred: boolean;
  /** Stays so. */
  readonly hidden: boolean;
}

const placeSizeBytes = 16;

/** Of two of the same message. */
export function mergeMarks(a: MessageMark, b: MessageMark): MessageMark {
  const isLater = a.starChangedMs > b.starChangedMs || (a.starChangedMs === b.starChangedMs && a.starred);
  const { starChangedMs, starred } = isLater ? a : b;
  return { ...a, starChangedMs, starred, hidden: a.hidden || b.hidden };
}

/** Stands for the message where items are told apart by conversation: there is one item of each message. */
export function markPlace(
  provider: Pick<Provider, 'sha256'>,
  { logId, message }: Pick<MessageMark, 'logId' | 'message'>,
): ConversationId {
  const named = Uint8Array.fromHex(`${logId}${message.accountId}${message.transactionId}`);
  return provider.sha256(named).slice(0, placeSizeBytes).toHex() as ConversationId;
}

export function encodeMark(mark: MessageMark): Uint8Array {
  const value = {
    conversationId: idToBytes(mark.logId),
    message: encodeRef(mark.message),
    starChangedAtMs: BigInt(mark.starChangedMs),
    starred: mark.starred,
    hidden: mark.hidden,
  };
  return toBinary(OwnItemSchema, create(OwnItemSchema, { kind: { case: 'message', value } }));
}

/** Null where it is none, or holds what cannot be. */
export function decodeMark(bytes: Uint8Array): MessageMark | null {
  const kind = decodeMessage(OwnItemSchema, bytes)?.kind;
  if (kind?.case !== 'message') return null;
  const { conversationId, message: ref, starChangedAtMs, starred, hidden } = kind.value;
  const logId = idFromBytes<ConversationId>(conversationId);
  const message = decodeRef(ref);
  if (logId === null || message === null || starChangedAtMs > BigInt(alwaysMuted)) return null;
  return { logId, message, starChangedMs: Number(starChangedAtMs), starred, hidden };
}
