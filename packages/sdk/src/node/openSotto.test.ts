import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ConversationId, TransactionId } from '@sotto/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { resultOf } from '../resultOf.ts';
import { type ServerProcess, startServerProcess } from '../testing/serverProcess.ts';
import { until } from '../until.ts';
import { type NodeSotto, openSotto } from './openSotto.ts';

const password = 'five words are quite enough';
const hello = fileURLToPath(new URL('../../../../examples/hello.ts', import.meta.url));

let server: ServerProcess;
let folder: string;
const opened: NodeSotto[] = [];
const programs: ChildProcess[] = [];

/** Two accounts, each with a device in a folder of its own, are enough: making one takes a stretched password. */
const mira = 'mira';
const tomas = 'tomas';

beforeAll(async () => {
  server = await startServerProcess();
  folder = mkdtempSync(join(tmpdir(), 'sotto-node-'));
  for (const name of [mira, tomas]) {
    const sotto = await open(name);
    const { recoveryCode } = resultOf(await sotto.register({ username: name, password }));
    expect(recoveryCode.length).toBeGreaterThan(20);
    await close(sotto);
  }
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.remove();
});
afterEach(async () => {
  for (const program of programs.splice(0)) {
    if (program.exitCode === null && program.kill()) await once(program, 'exit');
  }
  for (const sotto of opened.splice(0)) await sotto.close();
});

async function open(name: string): Promise<NodeSotto> {
  const sotto = await openSotto({ server: server.address, dataFolder: join(folder, name) });
  opened.push(sotto);
  return sotto;
}

async function close(sotto: NodeSotto): Promise<void> {
  opened.splice(opened.indexOf(sotto), 1);
  await sotto.close();
  // A second time changes nothing.
  await sotto.close();
}

const online = (sotto: NodeSotto) => until(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
const session = (sotto: NodeSotto) =>
  until(sotto, { kind: 'session' }, ({ kind }) => kind === 'signedIn' || kind === 'signedOut');

async function converse(sotto: NodeSotto, peer: string): Promise<ConversationId> {
  await online(sotto);
  const { accountId } = resultOf(await sotto.findAccount(peer));
  return resultOf(await sotto.openDirectConversation(accountId));
}

/** Resolves once the newest message of the conversation with `peer` is `text`. */
async function hears(sotto: NodeSotto, peer: string, text: string): Promise<ConversationId> {
  const conversations = await until(sotto, { kind: 'conversations' }, (all) =>
    all.some((one) => one.peer?.username === peer && isText(one.lastMessage?.body, text)),
  );
  return conversations.find((one) => one.peer?.username === peer)?.conversationId ?? ('' as ConversationId);
}
const isText = (body: { kind: string; text?: string } | undefined, text: string) =>
  body?.kind === 'text' && body.text === text;

async function texts(sotto: NodeSotto, conversationId: ConversationId): Promise<string[]> {
  const { messages } = await sotto.readMessages({ conversationId, limit: 100 });
  return messages.flatMap(({ body }) => (body.kind === 'text' ? [body.text] : []));
}

describe('Sotto in Node, against the server as a process', () => {
  it('runs the example: it signs in, sends and receives', async () => {
    const nora = 'nora';
    const sotto = await open(mira);
    const args = [hello, server.address, nora, password, mira, 'Hello'];
    const program = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    programs.push(program);
    const lines = createInterface(program.stdout)[Symbol.asyncIterator]();
    const conversationId = await hears(sotto, nora, 'Hello');
    resultOf(await sotto.sendText(conversationId, 'And to you'));
    expect((await lines.next()).value).toBe(`${mira}: And to you`);

    // The folder keeps the device: the second time it is signed in already.
    program.kill();
    await once(program, 'exit');
    const again = spawn(process.execPath, [...args.slice(0, -1), 'Once more'], {
      cwd: folder,
      stdio: 'inherit',
    });
    programs.push(again);
    await hears(sotto, nora, 'Once more');
  });

  it('is the same device with the same messages after closing', async () => {
    const first = await open(mira);
    const before = await session(first);
    const conversationId = await converse(first, mira);
    resultOf(await first.sendText(conversationId, 'kept'));
    await close(first);

    const second = await open(mira);
    expect(await session(second)).toEqual(before);
    expect(await texts(second, conversationId)).toContain('kept');
  });

  it('stores a message once that is sent twice under one id', async () => {
    const sotto = await open(mira);
    const conversationId = await converse(sotto, mira);
    const messageId = 'ab'.repeat(16) as TransactionId;
    expect(await sotto.sendText(conversationId, 'once', messageId)).toEqual({ kind: 'ok', value: messageId });
    expect(await sotto.sendText(conversationId, 'once', messageId)).toEqual({ kind: 'ok', value: messageId });
    expect((await texts(sotto, conversationId)).filter((text) => text === 'once')).toHaveLength(1);
  });

  it('signs out and resumes the same device with the password', async () => {
    const [sotto, peer] = [await open(mira), await open(tomas)];
    const before = await session(sotto);
    const conversationId = await converse(sotto, tomas);
    resultOf(await sotto.sendText(conversationId, 'before'));
    await hears(peer, mira, 'before');

    await sotto.signOut();
    expect(await session(sotto)).toEqual({ kind: 'signedOut', lastUsername: mira });
    resultOf(await sotto.signIn({ username: mira, password }));
    expect(await session(sotto)).toEqual(before);
    expect(await texts(sotto, conversationId)).toContain('before');
    resultOf(await sotto.sendText(conversationId, 'after'));
    await hears(peer, mira, 'after');
  });

  it('sends what waited once a server that was killed is back', async () => {
    const [sotto, peer] = [await open(mira), await open(tomas)];
    const conversationId = await converse(sotto, tomas);
    resultOf(await sotto.sendText(conversationId, 'one'));
    const heard = await hears(peer, mira, 'one');
    await server.kill();
    await until(sotto, { kind: 'connection' }, ({ kind }) => kind !== 'online');
    resultOf(await sotto.sendText(conversationId, 'two'));
    await server.start();
    await hears(peer, mira, 'two');
    expect((await texts(peer, heard)).slice(-2)).toEqual(['one', 'two']);
  });

  it('refuses a folder that another owner has, or that is damaged, and leaves it as it is', async () => {
    const name = 'damaged';
    const sotto = await open(name);
    await expect(open(name)).rejects.toMatchObject({ kind: 'anotherOwner' });
    await close(sotto);
    writeFileSync(join(folder, name, 'device.sqlite'), 'no database'.repeat(1000));
    await expect(open(name)).rejects.toMatchObject({ kind: 'corrupt' });
    await expect(open(name)).rejects.toMatchObject({ kind: 'corrupt' });
  });
});
