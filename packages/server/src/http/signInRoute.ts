/** Sign-in over HTTP (spec/server.md §HTTP): POST /api/v1/<Method>, protobuf both ways, errors an encoded Error. */
import { type ErrorCode, limits, type WireError } from '@sotto/protocol';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { encodeError } from '../connection/frames.ts';
import type { DeliveryService } from '../deliveryService.ts';
import { isAllowedOrigin } from './allowedOrigin.ts';
import { clientAddress } from './clientAddress.ts';

const protobufType = 'application/x-protobuf';

export function addSignInRoute(
  app: FastifyInstance,
  service: DeliveryService,
  { origin, trustProxy }: { origin: string | null; trustProxy: boolean },
): void {
  app.addContentTypeParser(
    protobufType,
    { parseAs: 'buffer', bodyLimit: limits.signInRequestSizeBytes },
    (_request, body, done) => done(null, body),
  );
  app.post<{ Params: { method: string } }>('/api/v1/:method', async (request, reply) => {
    if (!isAllowedOrigin(request.headers.origin, request.headers.host, origin)) return reply.code(403).send();
    const payload = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    const answer = await service.signIn(
      request.params.method,
      payload,
      clientAddress(request.raw, trustProxy),
    );
    if (answer.kind === 'error') return sendError(reply, answer.error);
    return reply.type(protobufType).send(answer.payload);
  });
}

/** `error` as an HTTP answer. */
export function sendError(reply: FastifyReply, error: WireError): FastifyReply {
  if (error.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
  return reply.code(statusOf(error.code)).type(protobufType).send(encodeError(error));
}

function statusOf(code: ErrorCode): number {
  switch (code) {
    case 'too_large':
      return 413;
    case 'rate_limited':
      return 429;
    case 'unavailable':
      return 503;
    case 'unknown_method':
    case 'unknown_account':
    case 'pairing_unknown':
    case 'blob_unknown':
      return 404;
    case 'wrong_password':
    case 'wrong_recovery_code':
    case 'wrong_passkey':
    case 'reset_refused':
    case 'login_expired':
    case 'invite_needed':
    case 'invite_invalid':
    case 'ticket_refused':
      return 403;
    case 'username_taken':
    case 'account_exists':
    case 'chain_stale':
    case 'account_closed':
    case 'wrong_offset':
    case 'upload_incomplete':
      return 409;
    default:
      return 400;
  }
}
