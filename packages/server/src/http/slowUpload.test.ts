/** Clients that hold an upload without using it. Time is passed by hand; everything else is real. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { readConfig } from '../config.ts';
import { createServer, type RunningServer } from '../createServer.ts';
import { unlimitedRates } from '../rates.ts';
import { authorization, beginUpload, uploadOffset } from '../testing/blobClient.ts';
import { connectSocket, signInOver } from '../testing/socketClient.ts';
import { createTestAccount, register } from '../testing/testClient.ts';

let folder: string;
let server: RunningServer;
const megabyte = 1024 * 1024;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-slow-'));
  const read = readConfig({});
  if (read.kind === 'invalid') throw new Error(read.sentence);
  const config = {
    ...read.config,
    port: 0,
    callsPort: null,
    dataFolder: folder,
    blobQuotaBytes: 1_000_000_000,
  };
  const outcome = await createServer({ config, rates: unlimitedRates });
  if (outcome.kind === 'refused') throw new Error(outcome.sentence);
  server = outcome.server;
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function enter(name: string) {
  const account = createTestAccount(name);
  expect(await register(signInOver(server.address), account)).toBeNull();
  const connection = await connectSocket(server.address);
  await connection.authenticate(account);
  return connection;
}

/** A part of 1 MiB that begins at `offset` and goes on as it is written. */
function beginPart(ticket: Uint8Array, offset: number): ClientRequest {
  const part = request(`${server.address}/api/v1/uploads`, {
    method: 'PATCH',
    headers: {
      authorization: authorization(ticket),
      'content-type': 'application/octet-stream',
      'content-length': megabyte,
      'upload-offset': offset,
    },
  });
  part.on('error', () => {});
  return part;
}

it('an upload that dribbles is ended, keeps what came, and one that brings enough goes on', async () => {
  const connection = await enter('dribbler');
  const slow = await beginUpload(connection, megabyte);
  const steady = await beginUpload(connection, megabyte);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const [slowPart, steadyPart] = [beginPart(slow, 0), beginPart(steady, 0)];
  let isEnded = false;
  slowPart.once('close', () => {
    isEnded = true;
  });
  const begun = vi.waitUntil(() => vi.getTimerCount() === 2, { timeout: 30_000 });
  slowPart.write(Buffer.alloc(100));
  steadyPart.write(Buffer.alloc(100));
  await begun;
  const received = async (sizeBytes: number): Promise<void> =>
    void (await vi.waitUntil(() => server.service.counters.uploadedBytes >= sizeBytes, { timeout: 30_000 }));
  await received(200);
  for (let spell = 1; spell <= 3; spell += 1) {
    const before = server.service.counters.uploadedBytes;
    steadyPart.write(Buffer.alloc(20_000));
    await received(before + 20_000);
    vi.advanceTimersByTime(30_000);
  }
  await vi.waitUntil(() => isEnded, { timeout: 30_000 });
  steadyPart.end(Buffer.alloc(megabyte - 60_100));
  const [answer] = (await once(steadyPart, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(204);
  expect(await uploadOffset(server.address, slow)).toBe(100);
  expect(await uploadOffset(server.address, steady)).toBe(megabyte);
});
