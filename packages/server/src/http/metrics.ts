/** GET /metrics for Prometheus: counts that name nobody, read from the service's counters when asked. */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { CallRelays } from '../calls/startCallRelays.ts';
import type { Config } from '../config.ts';
import type { DeliveryService } from '../deliveryService.ts';
import { addCounters } from './addCounters.ts';
import { addRelayMetrics, addRoomMetrics } from './relayMetrics.ts';

export function addMetricsRoute(
  app: FastifyInstance,
  { service, relays }: { service: DeliveryService; relays: CallRelays | undefined },
  metrics: Config['metrics'],
): void {
  if (metrics.kind === 'off') return;
  const registry = createRegistry(service);
  if (relays !== undefined) {
    if (relays.processes.length > 0) addRelayMetrics(relays.processes, [registry]);
    addRoomMetrics(service, relays, [registry]);
  }
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
    name: 'sotto_pushes_total',
    help: 'Pushes to devices that were not connected, by result.',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset();
      this.inc({ result: 'sent' }, service.counters.sentPushes);
      this.inc({ result: 'failed' }, service.counters.failedPushes);
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
  addBlobMetrics(service, registers);
  return registry;
}

function addBlobMetrics(service: DeliveryService, registers: Registry[]): void {
  const counts = {
    sotto_uploaded_bytes_total: ['Bytes of files that arrived.', 'uploadedBytes'],
    sotto_downloaded_bytes_total: ['Bytes of files that were asked for.', 'downloadedBytes'],
    sotto_downloads_total: ['Downloads of files, whole or in part.', 'downloads'],
    sotto_blobs_deleted_total: ['Files that nothing held any more.', 'deletedBlobs'],
  } as const;
  addCounters(counts, () => service.counters, registers);
  const gauges = {
    sotto_blobs: ['Files that are stored.', 'blobs'],
    sotto_blob_quota_used_bytes: ['What counts against the quotas of all accounts together.', 'usedBytes'],
    sotto_uploads: ['Uploads that have begun and are not finished.', 'uploads'],
  } as const;
  for (const [name, [help, total]] of Object.entries(gauges)) {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set((await service.transfers.totals())[total]);
      },
    });
  }
}

function isBearer(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
