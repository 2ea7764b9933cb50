/** Answers to requests (RFC 8489 §6.3.1). */
import { attributes, classes, type StunErrorCode } from './constants.ts';
import { encodeStun } from './encodeStun.ts';
import type { StunMessage } from './stunMessage.ts';

export type Attributes = readonly (readonly [type: number, value: Uint8Array])[];

/** What a request comes to. */
export type Reply =
  | { readonly kind: 'success'; readonly attributes: Attributes }
  | { readonly kind: 'error'; readonly code: StunErrorCode; readonly attributes: Attributes };

export function success(...list: Attributes): Reply {
  return { kind: 'success', attributes: list };
}

export function failure(code: StunErrorCode, ...list: Attributes): Reply {
  return { kind: 'error', code, attributes: list };
}

/** With `key`, it proves to come from who knows the credentials. Reasons stay out: the code says it, in fewer bytes. */
export function encodeReply(request: StunMessage, reply: Reply, key: Uint8Array | undefined): Buffer {
  const { method, transactionId, hasFingerprint } = request;
  const isError = reply.kind === 'error';
  return encodeStun({
    method,
    class: isError ? classes.error : classes.success,
    transactionId,
    attributes: isError
      ? [[attributes.errorCode, encodeErrorCode(reply.code)], ...reply.attributes]
      : reply.attributes,
    key,
    hasFingerprint,
  });
}

function encodeErrorCode(code: number): Uint8Array {
  return Uint8Array.of(0, 0, Math.floor(code / 100), code % 100);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function uint16List(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, i * 2);
  return bytes;
}
