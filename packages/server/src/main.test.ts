import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConversationId } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSocket, signInOver } from './testing/socketClient.ts';
import {
  conversationCursor,
  createTestAccount,
  messageAppend,
  register,
  type TestAccount,
} from './testing/testClient.ts';
import { converse } from './testing/testServer.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
let folder: string;
const processes: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-main-'));
});
afterEach(() => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly address: string;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

/** Starts the server as people do, and waits for the line that says it is ready. */
function start(environment: Record<string, string> = {}): Promise<Started> {
  const env = {
    PATH: process.env.PATH,
    SOTTO_PORT: '0',
    SOTTO_CALLS_PORT: 'off',
    SOTTO_DATA: join(folder, 'data'),
    SOTTO_LOG_LEVEL: 'warn',
  };
  const child = spawn(process.execPath, [main], { cwd: folder, env: { ...env, ...environment } });
  processes.push(child);
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  return new Promise((resolve) => {
    const look = (chunk: Buffer) => {
      output += chunk.toString();
      const address = /^Sotto is ready at (\S+)$/m.exec(output)?.[1];
      if (address !== undefined) resolve({ child, address, output: () => output, ended });
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    // After all that it printed.
    child.on('close', () => resolve({ child, address: '', output: () => output, ended }));
  });
}

describe('the server process', () => {
  it('loses, doubles and reorders nothing when it is killed while clients append', async () => {
    let server = await start({ SOTTO_LOG_LEVEL: 'error' });
    const accounts = ['ann', 'bob', 'cyd', 'dan'].map((name) => createTestAccount(name));
    for (const account of accounts) expect(await register(signInOver(server.address), account)).toBeNull();
    const [ann, bob, cyd, dan] = accounts as [TestAccount, TestAccount, TestAccount, TestAccount];
    const setUp = async (from: TestAccount, to: TestAccount) => {
      const connection = await connectSocket(server.address);
      await connection.authenticate(from);
      const id = await converse(connection, from, to);
      connection.socket.terminate();
      return id;
    };
    const conversations = [await setUp(ann, bob), await setUp(cyd, dan)] as const;
    const senders = [
      { account: ann, id: conversations[0] },
      { account: bob, id: conversations[0] },
      { account: cyd, id: conversations[1] },
      { account: dan, id: conversations[1] },
    ].map((sender) => ({
      ...sender,
      outbox: [] as { text: string; transactionId: Uint8Array<ArrayBuffer> }[],
      acknowledged: new Map<string, bigint>(),
      made: 0,
    }));
    type Sender = (typeof senders)[number];
    const connected = new Set<Sender>();

    /** Sends what is in the outbox and more, until the connection ends or `count` more were made. */
    const run = async (sender: Sender, count: number) => {
      const connection = await connectSocket(server.address);
      await connection.authenticate(sender.account);
      connected.add(sender);
      const inFlight = new Set<Promise<void>>();
      const append = (item: { text: string; transactionId: Uint8Array<ArrayBuffer> }) => {
        const request = messageAppend(sender.id, 1n, item.text, item.transactionId);
        const answered = connection.call('append', request).then((answer) => {
          if (answer.kind !== 'done') throw new Error(answer.error.code);
          sender.acknowledged.set(item.text, answer.value.seq);
          sender.outbox.splice(sender.outbox.indexOf(item), 1);
          inFlight.delete(answered);
        });
        inFlight.add(answered);
      };
      const gone = connection.until(() => connection.closed !== null);
      for (const item of [...sender.outbox]) append(item);
      for (let made = 0; made < count && connection.closed === null; made += 1) {
        const transactionId = crypto.getRandomValues(new Uint8Array(16));
        const item = { text: `${sender.account.username} ${sender.made++}`, transactionId };
        sender.outbox.push(item);
        append(item);
        if (inFlight.size >= 32) await Promise.race([...inFlight, gone]);
      }
      await Promise.race([Promise.all(inFlight), gone]);
      connection.socket.terminate();
    };

    const acknowledged = () => senders.reduce((sum, sender) => sum + sender.acknowledged.size, 0);
    for (let round = 0; round < 4; round += 1) {
      connected.clear();
      const running = Promise.allSettled(senders.map((sender) => run(sender, 100_000)));
      const target = acknowledged() + 200 + round * 137;
      await expect.poll(acknowledged, { interval: 1 }).toBeGreaterThan(target);
      await expect.poll(() => connected.size, { interval: 1 }).toBe(senders.length);
      server.child.kill('SIGKILL');
      await server.ended;
      for (const result of await running) expect(result.status).toBe('fulfilled');
      server = await start({ SOTTO_LOG_LEVEL: 'error' });
    }
    await Promise.all(senders.map((sender) => run(sender, 0)));
    expect(senders.every(({ outbox }) => outbox.length === 0)).toBe(true);

    for (const [reader, id] of [
      [bob, conversations[0]],
      [dan, conversations[1]],
    ] as const) {
      const texts = await readAll(server.address, reader, id);
      const mine = senders.filter((sender) => sender.id === id);
      // Everything made is there once, at the place that was answered, in the order in which it was sent.
      expect(texts.toSorted()).toEqual(
        mine
          .flatMap(({ account, made }) => Array.from({ length: made }, (_, i) => `${account.username} ${i}`))
          .sort(),
      );
      for (const { account, acknowledged } of mine) {
        for (const [text, seq] of acknowledged) expect(texts[Number(seq) - 2]).toBe(text);
        const numbers = texts
          .filter((text) => text.startsWith(account.username))
          .map((text) => Number(text.split(' ')[1]));
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
    }
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
  });

  it('prints the invite while there is no account, and ends cleanly when told', async () => {
    const first = await start();
    const link = /#invite=[\w-]{22}$/m;
    expect(first.output()).toMatch(link);
    expect(first.output()).toContain(`${first.address}/#invite=`);
    const connection = await connectSocket(first.address);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    await connection.until(() => connection.closed !== null);
    expect(connection.closed?.code).toBe(1001);
    const second = await start();
    expect(link.exec(second.output())?.[0]).toBe(link.exec(first.output())?.[0]);
    expect(await register(signInOver(second.address), createTestAccount('ann'))).toBeNull();
    second.child.kill('SIGINT');
    expect(await second.ended).toBe(0);
    expect((await start()).output()).not.toMatch(link);
  });

  it('refuses a second server on the same data, and wrong configuration, with a sentence', async () => {
    await start();
    const second = await start();
    expect(second.output()).toMatch(/^Another Sotto is running on .*\n$/);
    expect(await second.ended).toBe(1);
    const wrong = await start({ SOTTO_PORT: 'eighty' });
    expect(wrong.output()).toBe('SOTTO_PORT must be a port number from 0 to 65535.\n');
    expect(await wrong.ended).toBe(1);
  });
});

async function readAll(address: string, account: TestAccount, id: ConversationId): Promise<string[]> {
  const connection = await connectSocket(address);
  await connection.authenticate(account);
  const subscribed = await connection.call('subscribe', { logs: [conversationCursor(id, 1n)] });
  if (subscribed.kind === 'refused') throw new Error(subscribed.error.code);
  const head = subscribed.value.heads[0]!.seq;
  let frames = -1;
  let entries: ReturnType<typeof connection.entriesOf> = [];
  await connection.until(() => {
    if (connection.pushes.length === frames) return false;
    frames = connection.pushes.length;
    entries = connection.entriesOf(id);
    return entries.at(-1)?.seq === head;
  });
  connection.socket.terminate();
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => BigInt(i + 2)));
  return entries.map(({ kind }) => (kind.case === 'message' ? Buffer.from(kind.value.body).toString() : ''));
}
