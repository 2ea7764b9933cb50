/** The HTTP side: sign-in, health, metrics and the web app's files, all under the same strict headers. */
import type { IncomingMessage } from 'node:http';
import { limits } from '@sotto/protocol';
import Fastify, { type FastifyInstance } from 'fastify';
import type { CallRelays } from '../calls/startCallRelays.ts';
import type { Config } from '../config.ts';
import type { DeliveryService } from '../deliveryService.ts';
import type { Logger } from '../ports.ts';
import { addBlobRoutes, isUploadPath } from './blobRoutes.ts';
import { addMetricsRoute } from './metrics.ts';
import { securityHeaders } from './securityHeaders.ts';
import { addSignInRoute, sendError } from './signInRoute.ts';
import { addWebApp } from './webApp.ts';

/** In which a request has to arrive whole: slow ones hold a socket each. Parts of uploads have a limit of their own. */
const requestTimeoutMs = 30_000;
const uploadTimeoutMs = 10 * 60_000;

export async function createApp(
  service: DeliveryService,
  config: Config,
  logger: Logger,
  relays?: CallRelays,
): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: limits.signInRequestSizeBytes,
    forceCloseConnections: true,
    requestTimeout: uploadTimeoutMs,
    routerOptions: { maxParamLength: 128 },
  });
  app.server.headersTimeout = requestTimeoutMs;
  const headers = securityHeaders(config.embedOrigins, socketOriginOf(config.origin));
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    if (!isUploadPath(request.url)) endWhenLate(request.raw);
  });
  app.setErrorHandler((error: { statusCode?: number; name?: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status === 413) return sendError(reply, { code: 'too_large', limit: limits.signInRequestSizeBytes });
    if (status < 500) return sendError(reply, { code: 'malformed' });
    logger.error('http failed', { error: error.name ?? 'unknown' });
    return sendError(reply, { code: 'unavailable', retryAfterMs: 1000 });
  });
  app.get('/health', async (_request, reply) => reply.type('application/json').send('{"status":"ok"}\n'));
  addMetricsRoute(app, { service, relays }, config.metrics);
  addSignInRoute(app, service, config);
  addBlobRoutes(app, service, config);
  await addWebApp(app, config.webFolder);
  return app;
}

/** Node has one limit for all requests. */
function endWhenLate(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.destroy(), requestTimeoutMs).unref();
  const forget = () => clearTimeout(timer);
  request.once('end', forget).once('close', forget);
}

/** Some browsers do not count the WebSocket of the same host as 'self'. */
function socketOriginOf(origin: string | null): string | null {
  return origin === null ? null : origin.replace(/^http/, 'ws');
}
