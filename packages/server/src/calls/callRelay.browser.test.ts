import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchChromium } from '@sotto/testkit/chromium';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../config.ts';
import { createServer, type RunningServer } from '../createServer.ts';
import { CallPage, callFlags, connectPages, type IceServer } from '../testing/callPage.ts';
import { findCoturn, startCoturn } from '../testing/coturn.ts';
import { connectSocket, type SocketConnection, signInOver } from '../testing/socketClient.ts';
import { createTestAccount, register } from '../testing/testClient.ts';

let browser: Browser;
let started: Started;
const folder = mkdtempSync(join(tmpdir(), 'sotto-calls-'));

beforeAll(async () => {
  browser = await launchChromium({ flags: callFlags });
  started = await start('own', { SOTTO_CALLS_PORT: '0' });
});
afterAll(async () => {
  await browser?.close();
  await started?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly server: RunningServer;
  readonly ann: SocketConnection;
  readonly bob: SocketConnection;
  stop(): Promise<void>;
}

async function start(name: string, settings: Record<string, string>): Promise<Started> {
  const read = readConfig({ SOTTO_PORT: '0', SOTTO_DATA: join(folder, name), ...settings });
  if (read.kind === 'invalid') throw new Error(read.sentence);
  const outcome = await createServer({ config: read.config });
  if (outcome.kind === 'refused') throw new Error(outcome.sentence);
  const { server } = outcome;
  const signedIn = async (username: string) => {
    const account = createTestAccount(username);
    expect(await register(signInOver(server.address), account)).toBeNull();
    const connection = await connectSocket(server.address);
    await connection.authenticate(account);
    return connection;
  };
  const [ann, bob] = [await signedIn('ann'), await signedIn('bob')];
  const stop = async () => {
    for (const { socket } of [ann, bob]) socket.terminate();
    await server.stop();
  };
  return { server, ann, bob, stop };
}

/** The servers for one transport alone. */
async function openRelay(
  connection: SocketConnection,
  relayTag: Uint8Array,
  transport: 'udp' | 'tcp',
): Promise<readonly IceServer[]> {
  const answer = await connection.call('openRelay', { relayTag });
  if (answer.kind === 'refused') throw new Error(answer.error.code);
  return answer.value.servers
    .map(({ urls, username, credential }) => ({
      urls: urls.filter((url) => url.endsWith(`transport=${transport}`)),
      username,
      credential,
    }))
    .filter(({ urls }) => urls.length > 0);
}

async function openPages(
  transport: 'udp' | 'tcp',
  [callerTag, calleeTag]: readonly Uint8Array[],
  { ann, bob }: Started = started,
) {
  const caller = await CallPage.open(browser, await openRelay(ann, callerTag!, transport));
  const callee = await CallPage.open(browser, await openRelay(bob, calleeTag!, transport));
  return { caller, callee, close: () => Promise.all([caller.close(), callee.close()]) };
}

/** Waits until `more` further frames of the other side were decoded. */
async function expectFrames(pages: readonly CallPage[], more: number): Promise<void> {
  for (const page of pages) {
    const { framesDecoded } = await page.received();
    await expect
      .poll(async () => (await page.received()).framesDecoded, { timeout: 60_000 })
      .toBeGreaterThan(framesDecoded + more);
  }
}

describe('a call by the relay, between two pages of Chromium', () => {
  it.each(['udp', 'tcp'] as const)('connects and carries voice and video over %s', async (transport) => {
    const tag = randomBytes(16);
    const { caller, callee, close } = await openPages(transport, [tag, tag]);
    await connectPages(caller, callee);
    await expectFrames([caller, callee], 10);
    for (const page of [caller, callee])
      expect(await page.received()).toMatchObject({ candidateType: 'relay', relayProtocol: transport });
    await close();
  });

  it('goes on with fresh credentials when the relay died', async () => {
    const tag = randomBytes(16);
    const { server, ann, bob } = started;
    const { caller, callee, close } = await openPages('udp', [tag, tag]);
    await connectPages(caller, callee);
    await expectFrames([caller, callee], 10);
    const { pid, restarts } = server.relays[0]!;
    process.kill(pid!, 'SIGKILL');
    await expect.poll(() => server.relays[0]!.restarts, { timeout: 60_000 }).toBe(restarts + 1);
    // Where nobody looks for a while, it has failed by then.
    const state = async () => (await caller.received()).state;
    await expect.poll(state, { timeout: 60_000 }).toMatch(/^(disconnected|failed)$/);
    await caller.useServers(await openRelay(ann, tag, 'udp'));
    await callee.useServers(await openRelay(bob, tag, 'udp'));
    await connectPages(caller, callee, { iceRestart: true });
    await expectFrames([caller, callee], 10);
    expect((await caller.received()).state).toMatch(/^(connected|completed)$/);
    await close();
  });

  it('reaches nobody whose credentials are of another call', async () => {
    const other = await start('foreign', { SOTTO_CALLS_PORT: '0' });
    onTestFinished(() => other.stop());
    const relay = other.server.relays[0]!;
    const { caller, callee, close } = await openPages('udp', [randomBytes(16), randomBytes(16)], other);
    await connectPages(caller, callee);
    // Both try, again and again.
    await expect.poll(() => relay.counters.droppedUnreachable, { timeout: 60_000 }).toBeGreaterThan(20);
    expect(relay.counters.forwardedPackets).toBe(0);
    for (const page of [caller, callee]) {
      const { state, ...received } = await page.received();
      expect(state).not.toMatch(/^(connected|completed)$/);
      expect(received).toMatchObject({ bytes: 0, framesDecoded: 0 });
    }
    await close();
  });

  it('goes by coturn where the configuration names one', async () => {
    const path = findCoturn();
    if (path === null) return console.warn('No turnserver on the PATH (Debian: coturn): LEFT OUT');
    const secret = 'shared with coturn only';
    const coturn = await startCoturn(path, secret, folder);
    onTestFinished(() => coturn.stop());
    const urls = `${coturn.url}?transport=udp ${coturn.url}?transport=tcp`;
    const settings = { SOTTO_CALLS_PORT: 'off', SOTTO_TURN_URLS: urls, SOTTO_TURN_SECRET: secret };
    const other = await start('coturn', settings);
    onTestFinished(() => other.stop());
    for (const transport of ['udp', 'tcp'] as const) {
      const { caller, callee, close } = await openPages(transport, [randomBytes(16), randomBytes(16)], other);
      await connectPages(caller, callee);
      await expectFrames([caller, callee], 5);
      expect(await caller.received()).toMatchObject({ candidateType: 'relay', relayProtocol: transport });
      await close();
    }
  });
});
