/**
 * Uploads and downloads over HTTP (spec/server.md §Blobs): bodies are streamed to and from the blob store and never
 * gathered. What is served is ciphertext, under headers with which no browser runs it.
 */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { WireError } from '@sotto/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BlobTransfers, PartOutcome } from '../blobs/blobTransfers.ts';
import type { DeliveryService } from '../deliveryService.ts';
import type { BlobId } from '../store/blobRecords.ts';
import { StoreUnavailable } from '../store/store.ts';
import { isAllowedOrigin } from './allowedOrigin.ts';
import { readOffset, readRange, readTicket } from './blobHeaders.ts';
import { clientAddress } from './clientAddress.ts';
import { sendError } from './signInRoute.ts';

const uploadsPath = '/api/v1/uploads';
const retryUnavailableMs = 5000;
/** A part that brings less than this in a time holds a socket for nothing; its client goes on from where it ended. */
const slowestPartBytes = 16 * 1024;
const slowestPartMs = 30_000;
/** A download of which nothing is read for so long. */
const idleDownloadMs = 60_000;

export function isUploadPath(url: string): boolean {
  return url.split('?')[0] === uploadsPath;
}

export function addBlobRoutes(
  app: FastifyInstance,
  service: DeliveryService,
  { origin, trustProxy }: { origin: string | null; trustProxy: boolean },
): void {
  const { transfers } = service;

  /** The ticket of a request that may go on; null where it was answered. */
  const admit = (request: FastifyRequest, reply: FastifyReply): Uint8Array | null => {
    if (!isAllowedOrigin(request.headers.origin, request.headers.host, origin)) {
      void reply.code(403).send();
      return null;
    }
    const error = service.refuseTransfer(clientAddress(request.raw, trustProxy));
    const ticket = readTicket(request.headers.authorization);
    if (error !== null) void sendError(reply, error);
    else if (ticket === null) void sendError(reply, { code: 'ticket_refused' });
    else return ticket;
    return null;
  };

  app.route({
    method: 'HEAD',
    url: uploadsPath,
    handler: async (request, reply) => {
      const ticket = admit(request, reply);
      if (ticket === null) return reply;
      const progress = await orUnavailable(transfers.progress(ticket));
      if (progress.kind === 'refused') return sendError(reply, progress.error);
      const { offset, sizeBytes } = progress.value;
      return reply.headers({ 'upload-offset': offset, 'upload-length': sizeBytes }).send();
    },
  });

  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/octet-stream', (_request, _body, done) => done(null));
    scope.patch(uploadsPath, async (request, reply) => {
      const ticket = admit(request, reply);
      if (ticket === null) return reply;
      const offset = readOffset(request.headers['upload-offset']);
      if (offset === null) return sendError(reply, { code: 'malformed' });
      const stopWatching = endWhenSlow(request.raw);
      try {
        return answerPart(reply, await orUnavailable(transfers.receive(ticket, offset, request.raw)));
      } finally {
        stopWatching();
      }
    });
  });

  app.get<{ Params: { id: string } }>('/api/v1/blobs/:id', async (request, reply) => {
    const ticket = admit(request, reply);
    if (ticket === null) return reply;
    const { id } = request.params;
    if (!/^[0-9a-f]{64}$/.test(id)) return sendError(reply, { code: 'blob_unknown' });
    return await sendBlob(transfers, id as BlobId, ticket, request, reply);
  });
}

async function sendBlob(
  transfers: BlobTransfers,
  blobId: BlobId,
  ticket: Uint8Array,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const admitted = await orUnavailable(transfers.admit(ticket, blobId));
  if (admitted.kind === 'refused') return sendError(reply, admitted.error);
  const sizeBytes = admitted.value;
  reply.headers(blobHeaders);
  const range = readRange(request.headers.range, sizeBytes);
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${sizeBytes}`).send();
  }
  const { start, end } = range ?? { start: 0, end: sizeBytes - 1 };
  if (range !== null) reply.code(206).header('content-range', `bytes ${start}-${end}/${sizeBytes}`);
  reply.header('content-length', end - start + 1);
  if (request.method === 'HEAD') return reply.send();
  const body = await transfers.read(blobId, start, end);
  if (body === null) {
    for (const name of [...Object.keys(blobHeaders), 'content-length', 'content-range'])
      reply.removeHeader(name);
    return sendError(reply, { code: 'blob_unknown' });
  }
  await sendPieces(reply, body);
  return reply;
}

/** Writes one piece after another, each once the one before has left: nothing is gathered, and buffers are used again. */
async function sendPieces(reply: FastifyReply, body: AsyncGenerator<Uint8Array, void>): Promise<void> {
  reply.hijack();
  const response = reply.raw;
  const headers = Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined);
  response.writeHead(reply.statusCode, Object.fromEntries(headers) as OutgoingHttpHeaders);
  const timer = setTimeout(() => response.destroy(), idleDownloadMs).unref();
  try {
    for await (const piece of body) {
      const isWritten = await new Promise<boolean>((resolve) => {
        const gone = () => resolve(false);
        response.once('close', gone);
        response.write(piece, (error) => {
          response.off('close', gone);
          resolve(error === null || error === undefined);
        });
      });
      if (!isWritten) return;
      timer.refresh();
    }
    response.end();
  } catch {
    // The length was said already: that it breaks off is all that can be told.
    response.destroy();
  } finally {
    clearTimeout(timer);
  }
}

/** Whatever the bytes are, no browser shows or runs them: not even when somebody opens the address itself. */
const blobHeaders = {
  'content-type': 'application/octet-stream',
  'content-disposition': 'attachment',
  'content-security-policy': "default-src 'none'; sandbox",
  'accept-ranges': 'bytes',
  'cache-control': 'private, no-store',
};

type Refused = { readonly kind: 'refused'; readonly error: WireError };

function answerPart(reply: FastifyReply, outcome: PartOutcome | Refused): FastifyReply {
  if (outcome.kind === 'done') return reply.code(204).header('upload-offset', outcome.value.offset).send();
  const { code, limit } = outcome.error;
  // The rest of the body is not read: what comes after it on this connection would not be a request.
  reply.header('connection', 'close');
  if (code === 'wrong_offset' || code === 'upload_incomplete') reply.header('upload-offset', limit);
  return sendError(reply, outcome.error);
}

/** Ends a request that brings too little; the returned function ends the watching. */
function endWhenSlow(request: IncomingMessage): () => void {
  let before = request.socket.bytesRead;
  const timer = setInterval(() => {
    const now = request.socket.bytesRead;
    if (now - before < slowestPartBytes) request.destroy();
    before = now;
  }, slowestPartMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** A disk that is full or failing is an answer like others. */
async function orUnavailable<T>(work: Promise<T>): Promise<T | Refused> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return { kind: 'refused', error: { code: 'unavailable', retryAfterMs: retryUnavailableMs } };
  }
}
