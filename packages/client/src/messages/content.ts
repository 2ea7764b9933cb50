import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { isTimer } from '@sotto/crypto';
import { ContentSchema, type LogPosition as EncodedPosition, limits } from '@sotto/protocol';
import { type CallMessage, decodeCall } from '../calls/callMessage.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import { decodeGroupCall, type GroupCallMessage } from '../groupCalls/groupCallMessage.ts';
import type { LogPosition } from '../integrity/entryHashTable.ts';
import { clampTime, seqOf } from '../sync/entry.ts';
import { isEmoji } from './emoji.ts';
import { decodeMentions, encodeMentions, type Mention } from './mentions.ts';
import { decodeRef, encodeRef, type MessageRef } from './messageRef.ts';
import { decodeText, encodeTextContent, noParts, type TextContent, textSizeBytes } from './textContent.ts';

/** What changes a message that was said before (spec/messages.md). */
export type ChangeContent =
  /** An empty `emoji` takes the reaction away. */
  | { readonly kind: 'reaction'; readonly message: MessageRef; readonly emoji: string }
  | {
      readonly kind: 'edit';
      readonly message: MessageRef;
      readonly text: string;
      readonly mentions: readonly Mention[];
    }
  | { readonly kind: 'deletion'; readonly message: MessageRef }
  | { readonly kind: 'pin'; readonly message: MessageRef; readonly pinned: boolean };
export type ChangeKind = ChangeContent['kind'];

/** What a message says, checked against the limits of the wire. */
export type MessageContent = {
  readonly sentAtMs: number;
  /** The newest entry of the log that the sender had stored; null where it does not say. */
  readonly seen: LogPosition | null;
  /** After how long it disappears, as its sender says; 0: it stays. */
  readonly timerSeconds: number;
} & (
  | ({ readonly kind: 'text' } & TextContent)
  | { readonly kind: 'receipt'; readonly delivered: bigint; readonly read: bigint }
  | ChangeContent
  | { readonly kind: 'viewed'; readonly message: MessageRef }
  /** Null: one that this device does not know, or will not take. */
  | { readonly kind: 'call'; readonly message: CallMessage | null }
  | { readonly kind: 'groupCall'; readonly message: GroupCallMessage | null }
);

export type ContentRefusal = {
  readonly kind: 'refused';
  readonly reason: 'malformed' | 'too_large' | 'unsupported';
};

export function encodeText(
  sentAtMs: number,
  content: Partial<TextContent> & Pick<TextContent, 'text'>,
): Uint8Array {
  return encodeTextContent(sentAtMs, { ...noParts, attachments: [], stickerImage: null, ...content });
}

export function encodeReceipt(sentAtMs: number, delivered: number, read: number): Uint8Array {
  return encode(sentAtMs, {
    case: 'receipt',
    value: { deliveredSeq: BigInt(delivered), readSeq: BigInt(read) },
  });
}

export function encodeChange(sentAtMs: number, change: ChangeContent): Uint8Array {
  const message = encodeRef(change.message);
  switch (change.kind) {
    case 'reaction':
      return encode(sentAtMs, { case: 'reaction', value: { message, emoji: change.emoji } });
    case 'edit': {
      const { text, mentions } = change;
      return encode(sentAtMs, { case: 'edit', value: { message, text, mentions: encodeMentions(mentions) } });
    }
    case 'deletion':
      return encode(sentAtMs, { case: 'deletion', value: { message } });
    case 'pin':
      return encode(sentAtMs, { case: 'pin', value: { message, pinned: change.pinned } });
  }
}

export function encodeViewed(sentAtMs: number, message: MessageRef): Uint8Array {
  return encode(sentAtMs, { case: 'viewed', value: { message: encodeRef(message) } });
}

function encode(
  sentAtMs: number,
  kind: NonNullable<MessageInitShape<typeof ContentSchema>['kind']>,
): Uint8Array {
  return toBinary(ContentSchema, create(ContentSchema, { sentAtMs: BigInt(sentAtMs), kind }));
}

/**
 * `content` with the entry that this device has seen last, for when it is sealed. Protobuf: what is appended counts as
 * part of the message.
 */
export function withSeen(content: Uint8Array, seen: LogPosition | null): Uint8Array {
  if (seen === null) return content;
  return withAdded(content, { seen: { seq: BigInt(seen.seq), hash: seen.hash } });
}

/** `content` with the timer under which it is sealed; the same way. */
export function withTimer(content: Uint8Array, timerSeconds: number): Uint8Array {
  return timerSeconds === 0 ? content : withAdded(content, { timerSeconds });
}

function withAdded(content: Uint8Array, init: MessageInitShape<typeof ContentSchema>): Uint8Array {
  const added = toBinary(ContentSchema, create(ContentSchema, init));
  const whole = new Uint8Array(content.length + added.length);
  whole.set(content);
  whole.set(added, content.length);
  return whole;
}

/** Content of a later version is `unsupported`, not malformed: its entry is kept. */
export function decodeContent(bytes: Uint8Array): MessageContent | ContentRefusal {
  const content = decodeMessage(ContentSchema, bytes);
  if (content === null || !isTimer(content.timerSeconds)) return refused('malformed');
  const { timerSeconds } = content;
  const said = { sentAtMs: clampTime(content.sentAtMs), seen: decodePosition(content.seen), timerSeconds };
  switch (content.kind.case) {
    case 'text': {
      const text = decodeText(content.kind.value, content.silent);
      return typeof text === 'string' ? refused(text) : { kind: 'text', ...said, ...text };
    }
    case 'receipt':
      return {
        kind: 'receipt',
        ...said,
        delivered: content.kind.value.deliveredSeq,
        read: content.kind.value.readSeq,
      };
    case 'reaction': {
      const { emoji } = content.kind.value;
      const message = decodeRef(content.kind.value.message);
      if (message === null || (emoji !== '' && !isEmoji(emoji))) return refused('malformed');
      return { kind: 'reaction', ...said, message, emoji };
    }
    case 'edit': {
      const { text, mentions } = content.kind.value;
      const message = decodeRef(content.kind.value.message);
      if (textSizeBytes(text) > limits.textSizeBytes) return refused('too_large');
      if (message === null) return refused('malformed');
      return { kind: 'edit', ...said, message, text, mentions: decodeMentions(text, mentions) };
    }
    case 'deletion':
    case 'viewed': {
      const message = decodeRef(content.kind.value.message);
      return message === null ? refused('malformed') : { kind: content.kind.case, ...said, message };
    }
    case 'pin': {
      const message = decodeRef(content.kind.value.message);
      if (message === null) return refused('malformed');
      return { kind: 'pin', ...said, message, pinned: content.kind.value.pinned };
    }
    case 'call':
      return { kind: 'call', ...said, message: decodeCall(content.kind.value) };
    case 'groupCall':
      return { kind: 'groupCall', ...said, message: decodeGroupCall(content.kind.value) };
    default:
      return refused('unsupported');
  }
}

export function isChange(content: { readonly kind: string }): content is ChangeContent {
  const { kind } = content;
  return kind === 'reaction' || kind === 'edit' || kind === 'deletion' || kind === 'pin';
}

const refused = (reason: ContentRefusal['reason']): ContentRefusal => ({ kind: 'refused', reason });

/** A place in a log as somebody names it; null where there is none, or none that can be. */
export function decodePosition(position: EncodedPosition | undefined): LogPosition | null {
  const seq = position === undefined ? null : seqOf(position.seq);
  if (position === undefined || seq === null || position.hash.length !== 32) return null;
  return { seq, hash: position.hash };
}
