import { create, toBinary } from '@bufbuild/protobuf';
import { ContentSchema, limits } from '@sotto/protocol';
import { decodeMessage } from '../connection/decodeFrame.ts';
import { clampTime } from '../sync/entry.ts';

/** What a message says, checked against the limits of the wire. */
export type MessageContent =
  | { readonly kind: 'text'; readonly sentAtMs: number; readonly text: string }
  | { readonly kind: 'receipt'; readonly delivered: bigint; readonly read: bigint };

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

/** Content of a later version is `unsupported`, not malformed: its entry is kept. */
export function decodeContent(bytes: Uint8Array): MessageContent | ContentRefusal {
  const content = decodeMessage(ContentSchema, bytes);
  if (content === null) return { kind: 'refused', reason: 'malformed' };
  switch (content.kind.case) {
    case 'text': {
      const { text } = content.kind.value;
      if (text === '') return { kind: 'refused', reason: 'malformed' };
      if (textSizeBytes(text) > limits.textSizeBytes) return { kind: 'refused', reason: 'too_large' };
      return { kind: 'text', sentAtMs: clampTime(content.sentAtMs), text };
    }
    case 'receipt':
      return {
        kind: 'receipt',
        delivered: content.kind.value.deliveredSeq,
        read: content.kind.value.readSeq,
      };
    case undefined:
      return { kind: 'refused', reason: 'unsupported' };
  }
}
