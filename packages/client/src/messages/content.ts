import { create, toBinary } from '@bufbuild/protobuf';
import { ContentSchema, type LogPosition as EncodedPosition, limits } from '@sotto/protocol';
import { decodeMessage } from '../connection/decodeFrame.ts';
import type { LogPosition } from '../integrity/entryHashTable.ts';
import { clampTime, seqOf } from '../sync/entry.ts';

/** What a message says, checked against the limits of the wire. */
export type MessageContent = {
  /** The newest entry of the log that the sender had stored; null where it does not say. */
  readonly seen: LogPosition | null;
} & (
  | { readonly kind: 'text'; readonly sentAtMs: number; readonly text: string }
  | { readonly kind: 'receipt'; readonly delivered: bigint; readonly read: bigint }
);

export type ContentRefusal = {
  readonly kind: 'refused';
  readonly reason: 'malformed' | 'too_large' | 'unsupported';
};

export function textSizeBytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

export function encodeText(sentAtMs: number, text: string): Uint8Array {
  return toBinary(
    ContentSchema,
    create(ContentSchema, { sentAtMs: BigInt(sentAtMs), kind: { case: 'text', value: { text } } }),
  );
}

export function encodeReceipt(sentAtMs: number, delivered: number, read: number): Uint8Array {
  return toBinary(
    ContentSchema,
    create(ContentSchema, {
      sentAtMs: BigInt(sentAtMs),
      kind: { case: 'receipt', value: { deliveredSeq: BigInt(delivered), readSeq: BigInt(read) } },
    }),
  );
}

/**
 * `content` with the entry that this device has seen last, for when it is sealed. Protobuf: what is appended counts as
 * part of the message.
 */
export function withSeen(content: Uint8Array, seen: LogPosition | null): Uint8Array {
  if (seen === null) return content;
  const { seq, hash } = seen;
  const added = toBinary(ContentSchema, create(ContentSchema, { seen: { seq: BigInt(seq), hash } }));
  const whole = new Uint8Array(content.length + added.length);
  whole.set(content);
  whole.set(added, content.length);
  return whole;
}

/** Content of a later version is `unsupported`, not malformed: its entry is kept. */
export function decodeContent(bytes: Uint8Array): MessageContent | ContentRefusal {
  const content = decodeMessage(ContentSchema, bytes);
  if (content === null) return { kind: 'refused', reason: 'malformed' };
  const seen = decodePosition(content.seen);
  switch (content.kind.case) {
    case 'text': {
      const { text } = content.kind.value;
      if (text === '') return { kind: 'refused', reason: 'malformed' };
      if (textSizeBytes(text) > limits.textSizeBytes) return { kind: 'refused', reason: 'too_large' };
      return { kind: 'text', sentAtMs: clampTime(content.sentAtMs), text, seen };
    }
    case 'receipt':
      return {
        kind: 'receipt',
        delivered: content.kind.value.deliveredSeq,
        read: content.kind.value.readSeq,
        seen,
      };
    case undefined:
      return { kind: 'refused', reason: 'unsupported' };
  }
}

/** A place in a log as somebody names it; null where there is none, or none that can be. */
export function decodePosition(position: EncodedPosition | undefined): LogPosition | null {
  const seq = position === undefined ? null : seqOf(position.seq);
  if (position === undefined || seq === null || position.hash.length !== 32) return null;
  return { seq, hash: position.hash };
}
