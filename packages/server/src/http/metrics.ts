/** GET /metrics for Prometheus: counts that name nobody, read from the service's counters when asked. */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Config } from '../config.ts';
import type { DeliveryService } from '../deliveryService.ts';

export function addMetricsRoute(
  app: FastifyInstance,
  service: DeliveryService,
  metrics: Config['metrics'],
): void {
  if (metrics.kind === 'off') return;
  const registry = createRegistry(service);
  app.get('/metrics', async (request, reply) => {
    if (metrics.kind === 'token' && !isBearer(request.headers.authorization, metrics.token)) {
      return reply.code(401).header('www-authenticate', 'Bearer').send();
    }
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

function createRegistry(service: DeliveryService): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Counter({
    name: 'sotto_answers_total',
    help: 'Answers by method and result.',
    labelNames: ['method', 'result'],
    registers,
    collect() {
      this.reset();
      for (const [method, results] of service.counters.answers) {
        for (const [result, count] of results) this.inc({ method, result }, count);
      }
    },
  });
  new Counter({
    name: 'sotto_entries_appended_total',
    help: 'Entries stored in logs.',
    registers,
    collect() {
      this.reset();
      this.inc(service.counters.appendedEntries);
    },
  });
  new Counter({
    name: 'sotto_malformed_frames_total',
    help: 'Frames that did not decode.',
    registers,
    collect() {
      this.reset();
      this.inc(service.counters.malformedFrames);
    },
  });
  new Gauge({
    name: 'sotto_connections',
    help: 'Open connections.',
    registers,
    collect() {
      this.set(service.counters.openConnections);
    },
  });
  new Gauge({
    name: 'sotto_devices_online',
    help: 'Authenticated devices.',
    registers,
    collect() {
      this.set(service.devicesOnline);
    },
  });
  return registry;
}

function isBearer(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
