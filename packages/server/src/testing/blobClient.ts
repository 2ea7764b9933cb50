/** For tests: uploads and downloads as a client makes them. */
import { createHash } from 'node:crypto';
import { fromBinary } from '@bufbuild/protobuf';
import { type ConversationId, ErrorSchema, idToBytes } from '@sotto/protocol';
import type { TestConnection } from './testClient.ts';

export interface HttpAnswer {
  readonly status: number;
  /** Of an error. */
  readonly code: string | null;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

export function hashOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

export function authorization(ticket: Uint8Array): string {
  return `Sotto ${ticket.toBase64({ alphabet: 'base64url', omitPadding: true })}`;
}

async function answerOf(response: Response): Promise<HttpAnswer> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isError = response.status >= 400 && response.headers.get('content-type') === 'application/x-protobuf';
  const code = isError ? fromBinary(ErrorSchema, bytes).code : null;
  return { status: response.status, code, headers: response.headers, bytes };
}

export async function sendPart(
  address: string,
  ticket: Uint8Array,
  offset: number,
  part: Uint8Array,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const response = await fetch(`${address}/api/v1/uploads`, {
    method: 'PATCH',
    headers: {
      authorization: authorization(ticket),
      'content-type': 'application/octet-stream',
      'upload-offset': String(offset),
      ...headers,
    },
    body: Buffer.from(part),
  });
  return await answerOf(response);
}

/** Bytes of the upload that have arrived; the error's status where it is refused. */
export async function uploadOffset(
  address: string,
  ticket: Uint8Array,
): Promise<number | { status: number }> {
  const response = await fetch(`${address}/api/v1/uploads`, {
    method: 'HEAD',
    headers: { authorization: authorization(ticket) },
  });
  return response.ok ? Number(response.headers.get('upload-offset')) : { status: response.status };
}

export async function download(
  address: string,
  ticket: Uint8Array,
  blobId: Uint8Array,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const url = `${address}/api/v1/blobs/${blobId.toHex()}`;
  return await answerOf(await fetch(url, { headers: { authorization: authorization(ticket), ...headers } }));
}

export async function beginUpload(connection: TestConnection, sizeBytes: number): Promise<Uint8Array> {
  const begun = await connection.call('beginUpload', { sizeBytes: BigInt(sizeBytes) });
  if (begun.kind === 'refused') throw new Error(begun.error.code);
  return begun.value.ticket;
}

/** Uploads all of `bytes`; the blob's id. */
export async function upload(
  address: string,
  connection: TestConnection,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const ticket = await beginUpload(connection, bytes.length);
  const sent = await sendPart(address, ticket, 0, bytes);
  if (sent.status !== 204) throw new Error(`not sent: ${sent.code}`);
  const blobId = hashOf(bytes);
  const finished = await connection.call('finishUpload', { ticket, blobId });
  if (finished.kind === 'refused') throw new Error(finished.error.code);
  return blobId;
}

/** A ticket to download the blob; null where it is not there for the asking account. */
export async function openBlob(
  connection: TestConnection,
  blobId: Uint8Array,
  conversationId: ConversationId | null = null,
): Promise<Uint8Array | null> {
  const opened = await connection.call('openBlobs', {
    blobIds: [blobId],
    ...(conversationId !== null && { conversationId: idToBytes(conversationId) }),
  });
  if (opened.kind === 'refused') throw new Error(opened.error.code);
  const { ticket } = opened.value.blobs[0]!;
  return ticket.length === 0 ? null : ticket;
}
