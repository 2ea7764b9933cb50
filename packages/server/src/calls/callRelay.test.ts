import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { createServer } from '../createServer.ts';
import type { LogFields } from '../ports.ts';
import { defaultRates } from '../rates.ts';
import { silentLogger } from '../systemPorts.ts';
import { connectSocket, signInOver } from '../testing/socketClient.ts';
import { createTestAccount, register, type TestAccount } from '../testing/testClient.ts';
import { startTestServer } from '../testing/testServer.ts';

const waiting = { timeout: 45_000 };
const ending: (() => unknown)[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-calls-'));
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
});

async function start(settings: Record<string, string>) {
  const read = readConfig({ SOTTO_PORT: '0', SOTTO_DATA: folder, SOTTO_METRICS: 'on', ...settings });
  if (read.kind === 'invalid') throw new Error(read.sentence);
  const logged: { level: string; event: string; fields: LogFields | undefined }[] = [];
  const log = (level: string) => (event: string, fields?: LogFields) => {
    logged.push({ level, event, fields });
  };
  const logger = { ...silentLogger, info: log('info'), warn: log('warn'), error: log('error') };
  const outcome = await createServer({ config: read.config, logger });
  if (outcome.kind === 'refused') throw new Error(outcome.sentence);
  ending.push(() => outcome.server.stop());
  return { ...outcome.server, logged };
}

async function openRelay(address: string, account: TestAccount) {
  const connection = await connectSocket(address);
  await connection.authenticate(account);
  const answer = await connection.call('openRelay', { relayTag: randomBytes(16) });
  connection.socket.terminate();
  if (answer.kind === 'refused') throw new Error(answer.error.code);
  return answer.value;
}

async function registered(address: string): Promise<TestAccount> {
  const account = createTestAccount('ann');
  expect(await register(signInOver(address), account)).toBeNull();
  return account;
}

describe('openRelay', () => {
  it('takes a tag of 16 bytes, and says that there are no servers where there are none', async () => {
    const server = await startTestServer();
    const { connection } = await server.join('ann');
    for (const relayTag of [new Uint8Array(), randomBytes(15), randomBytes(17)]) {
      expect(await connection.call('openRelay', { relayTag })).toMatchObject({
        error: { code: 'malformed' },
      });
    }
    expect(await connection.call('openRelay', { relayTag: randomBytes(16) })).toMatchObject({
      value: { servers: [], expiresAtMs: 0n },
    });
  });

  it('is answered only so often for one account', async () => {
    const relaysPerAccount = { burst: 3, perSecond: 0.01 };
    const server = await startTestServer({ rates: { ...defaultRates, relaysPerAccount } });
    const { connection } = await server.join('ann');
    const bob = await server.join('bob');
    const ask = async ({ connection: asking }: typeof bob) =>
      (await asking.call('openRelay', { relayTag: randomBytes(16) })).kind;
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await ask({ ...bob, connection }));
    expect(answers).toEqual(['done', 'done', 'done', 'refused']);
    expect(await ask(bob)).toBe('done');
  });
});

describe('a server with a relay', () => {
  it('gives its address and credentials, the same secret after a restart, and counts', async () => {
    const server = await start({ SOTTO_CALLS_PORT: '0' });
    const account = await registered(server.address);
    const { servers, expiresAtMs } = await openRelay(server.address, account);
    const port = server.relays[0]!.listening!.port;
    expect(servers.flatMap(({ urls }) => urls)).toEqual([
      `stun:localhost:${port}`,
      `turn:localhost:${port}?transport=udp`,
      `turn:localhost:${port}?transport=tcp`,
    ]);
    expect(Number(expiresAtMs)).toBeGreaterThan(Date.now());
    expect(server.logged).toContainEqual({
      level: 'info',
      event: 'relay listening',
      fields: { port, udp: true, tcp: true },
    });
    const metrics = await (await fetch(`${server.address}/metrics`)).text();
    expect(metrics).toContain('sotto_relay_up 1');
    expect(metrics).toContain('sotto_relay_dropped_total{reason="flood"} 0');
    const { pid } = server.relays[0]!;
    await ending.pop()!();
    expect(() => process.kill(pid!, 0)).toThrow('ESRCH');

    const again = await start({ SOTTO_CALLS_PORT: '0' });
    const later = await openRelay(again.address, account);
    const ownerOf = (answer: typeof later) => answer.servers[1]!.username.split(':')[1];
    expect(ownerOf(later)).toBe(ownerOf({ servers, expiresAtMs } as typeof later));
  });

  it('starts without it where its port is in use, says so once, and gives it when it is free', async () => {
    const first = await start({ SOTTO_CALLS_PORT: '0' });
    const port = first.relays[0]!.listening!.port;
    const account = await registered(first.address);
    const folderOfFirst = folder;
    folder = mkdtempSync(join(tmpdir(), 'sotto-calls-'));
    const second = await start({ SOTTO_CALLS_PORT: String(port) });
    const other = await registered(second.address);
    expect((await openRelay(second.address, other)).servers).toEqual([]);
    expect((await openRelay(first.address, account)).servers).not.toEqual([]);
    await ending.shift()!();
    rmSync(folderOfFirst, { recursive: true, force: true });
    await expect.poll(() => second.relays[0]!.listening, waiting).toMatchObject({ port });
    const warnings = second.logged.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([{ fields: { port, code: 'EADDRINUSE' } }]);
    expect((await openRelay(second.address, other)).servers).not.toEqual([]);
  });

  it('runs without one where that is turned off', async () => {
    const server = await start({ SOTTO_CALLS_PORT: 'off' });
    expect(server.relays).toEqual([]);
    expect(await (await fetch(`${server.address}/metrics`)).text()).not.toContain('sotto_relay');
  });
});
