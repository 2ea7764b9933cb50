/** The frames of a connection (spec/server.md §Connection): decoded requests in, encoded answers and pushes out. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  ErrorSchema,
  type PushSchema,
  type Request,
  RequestSchema,
  ServerFrameSchema,
  type WireError,
} from '@sotto/protocol';
import { decodeRequestFast } from '../hotCodec.ts';

/** The request in `frame`, or null where it holds none. */
export function decodeRequest(frame: Uint8Array): Request | null {
  const request = decodeRequestFast(frame);
  if (request !== null) return request;
  try {
    return fromBinary(RequestSchema, frame, { readUnknownFields: false });
  } catch {
    return null;
  }
}

export function encodeChallenge(nonce: Uint8Array, serverId: Uint8Array): Uint8Array {
  return encodeFrame({ kind: { case: 'challenge', value: { nonce, serverId } } });
}

export function encodeErrorResponse(id: number, error: WireError): Uint8Array {
  const value = { id, result: { case: 'error' as const, value: errorFields(error) } };
  return encodeFrame({ kind: { case: 'response', value } });
}

/** `error` by itself, as the body of an HTTP answer. */
export function encodeError(error: WireError): Uint8Array {
  return toBinary(ErrorSchema, create(ErrorSchema, errorFields(error)));
}

export function encodePush(push: MessageInitShape<typeof PushSchema>): Uint8Array {
  return encodeFrame({ kind: { case: 'push', value: push } });
}

function encodeFrame(frame: MessageInitShape<typeof ServerFrameSchema>): Uint8Array {
  return toBinary(ServerFrameSchema, create(ServerFrameSchema, frame));
}

function errorFields({ code, limit = 0, epoch = 0n, retryAfterMs = 0 }: WireError) {
  return { code, limit: BigInt(limit), epoch, retryAfterMs };
}
