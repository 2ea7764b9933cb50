/** The HTTP side: sign-in, health, metrics and the web app's files, all under the same strict headers. */
import { limits } from '@sotto/protocol';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import type { DeliveryService } from '../deliveryService.ts';
import type { Logger } from '../ports.ts';
import { addMetricsRoute } from './metrics.ts';
import { securityHeaders } from './securityHeaders.ts';
import { addSignInRoute, sendError } from './signInRoute.ts';
import { addWebApp } from './webApp.ts';

/** In which a request has to arrive whole: slow ones hold a socket each. */
const requestTimeoutMs = 30_000;

export async function createApp(
  service: DeliveryService,
  config: Config,
  logger: Logger,
): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: limits.signInRequestSizeBytes,
    forceCloseConnections: true,
    requestTimeout: requestTimeoutMs,
  });
  const headers = securityHeaders(config.embedOrigins, socketOriginOf(config.origin));
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
  app.setErrorHandler((error: { statusCode?: number; name?: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status === 413) return sendError(reply, { code: 'too_large', limit: limits.signInRequestSizeBytes });
    if (status < 500) return sendError(reply, { code: 'malformed' });
    logger.error('http failed', { error: error.name ?? 'unknown' });
    return sendError(reply, { code: 'unavailable', retryAfterMs: 1000 });
  });
  app.get('/health', async (_request, reply) => reply.type('application/json').send('{"status":"ok"}\n'));
  addMetricsRoute(app, service, config.metrics);
  addSignInRoute(app, service, config);
  await addWebApp(app, config.webFolder);
  return app;
}

/** Some browsers do not count the WebSocket of the same host as 'self'. */
function socketOriginOf(origin: string | null): string | null {
  return origin === null ? null : origin.replace(/^http/, 'ws');
}
