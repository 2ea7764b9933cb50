import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SessionView } from '@sotto/client/api';
import type { ConversationId } from '@sotto/protocol';
import { launchChromium } from '@sotto/testkit/chromium';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from '../testing/buildPage.ts';
import { type ServerProcess, startServerProcess } from '../testing/serverProcess.ts';
import type {} from './sottoFixturePage.ts';

const password = 'five words are quite enough';

/** Without OPFS the storage is the one kept in IndexedDB. */
type Storage = 'opfs' | 'indexedDb';
const withoutOpfs = 'delete FileSystemFileHandle.prototype.createSyncAccessHandle;';

let browser: Browser;
let files: Map<string, string | Uint8Array>;
const servers = new Map<Storage, ServerProcess>();
const webFolders: string[] = [];
const contexts: BrowserContext[] = [];
let names = 0;

/** A server whose page has, or has not, OPFS in its workers. */
async function startServer(storage: Storage): Promise<void> {
  const webFolder = mkdtempSync(join(tmpdir(), 'sotto-web-'));
  webFolders.push(webFolder);
  for (const [path, content] of files) {
    const lacksOpfs = storage === 'indexedDb' && path.startsWith('/assets/worker');
    mkdirSync(dirname(join(webFolder, path)), { recursive: true });
    writeFileSync(join(webFolder, path), lacksOpfs ? `${withoutOpfs}\n${content}` : content);
  }
  servers.set(storage, await startServerProcess({ SOTTO_WEB: webFolder }));
}

beforeAll(async () => {
  files = await buildPage(new URL('./sottoFixturePage.ts', import.meta.url));
  await startServer('opfs');
  await startServer('indexedDb');
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  for (const server of servers.values()) await server.remove();
  for (const folder of webFolders) rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});

async function openBrowser(): Promise<BrowserContext> {
  const context = await browser.newContext();
  contexts.push(context);
  return context;
}

async function openPage(context: BrowserContext, storage: Storage = 'opfs'): Promise<Page> {
  const page = await context.newPage();
  await page.goto(servers.get(storage)?.address ?? '');
  return page;
}

const newName = (base: string): string => `${base}${names++}`;

const session = (page: Page): Promise<SessionView> =>
  page.evaluate(async () =>
    globalThis.waitFor(await globalThis.sotto, { kind: 'session' }, ({ kind }) => kind !== 'starting'),
  );
const register = (page: Page, username: string) =>
  page.evaluate(
    async ([username, password]) => {
      const sotto = await globalThis.sotto;
      const registered = await sotto.register({ username, password });
      await globalThis.waitFor(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
      return registered.kind;
    },
    [username, password] as const,
  );
const signIn = (page: Page, username: string, password: string) =>
  page.evaluate(async ([username, password]) => (await globalThis.sotto).signIn({ username, password }), [
    username,
    password,
  ] as const);
const signOut = (page: Page) => page.evaluate(async () => (await globalThis.sotto).signOut());
/** Writes to somebody by name, once online. */
const write = (page: Page, peer: string, text: string): Promise<ConversationId> =>
  page.evaluate(
    async ([peer, text]) => {
      const sotto = await globalThis.sotto;
      await globalThis.waitFor(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
      const found = await sotto.findAccount(peer);
      if (found.kind === 'problem') throw new Error(found.problem.kind);
      const conversation = await sotto.openDirectConversation(found.value.accountId);
      if (conversation.kind === 'problem') throw new Error(conversation.problem.kind);
      await sotto.sendText(conversation.value, text);
      return conversation.value;
    },
    [peer, text] as const,
  );
/** Resolves once the newest message with `peer` is `text`, with all of them. */
const hears = (page: Page, peer: string, text: string): Promise<string[]> =>
  page.evaluate(
    async ([peer, text]) => {
      const sotto = await globalThis.sotto;
      const textOf = (message: { body: { kind: string; text?: string } } | null | undefined) =>
        message?.body.kind === 'text' ? (message.body.text ?? '') : '';
      const conversations = await globalThis.waitFor(sotto, { kind: 'conversations' }, (all) =>
        all.some((one) => one.peer?.username === peer && textOf(one.lastMessage) === text),
      );
      const conversation = conversations.find((one) => one.peer?.username === peer);
      if (conversation === undefined) return [];
      const { conversationId } = conversation;
      const { messages } = await sotto.readMessages({ conversationId, limit: 100 });
      return messages.map(textOf).filter((text) => text !== '');
    },
    [peer, text] as const,
  );

describe('Sotto in Chromium, against the server as a process', () => {
  it('lets two people talk, in two browsers, over several tabs that come and go', async () => {
    const [mira, tomas] = [newName('mira'), newName('tomas')];
    const miras = await openBrowser();
    const miraPage = await openPage(miras);
    const tomasPage = await openPage(await openBrowser());
    expect(await register(miraPage, mira)).toBe('ok');
    expect(await register(tomasPage, tomas)).toBe('ok');
    const before = await session(miraPage);
    await write(miraPage, tomas, 'one');
    expect(await hears(tomasPage, mira, 'one')).toEqual(['one']);

    const secondTab = await openPage(miras);
    expect(await session(secondTab)).toEqual(before);
    expect(await hears(secondTab, tomas, 'one')).toEqual(['one']);
    await miraPage.close();
    await write(secondTab, tomas, 'two');
    expect(await hears(tomasPage, mira, 'two')).toEqual(['one', 'two']);
    await write(tomasPage, mira, 'three');
    expect(await hears(secondTab, tomas, 'three')).toEqual(['one', 'two', 'three']);

    await secondTab.reload();
    expect(await session(secondTab)).toEqual(before);
    expect(await hears(secondTab, tomas, 'three')).toEqual(['one', 'two', 'three']);
    for (const page of [secondTab, tomasPage]) {
      expect(await page.evaluate(() => globalThis.violations)).toEqual([]);
    }
  });

  it.each<Storage>(['opfs', 'indexedDb'])('signs out and resumes the same device (%s)', async (storage) => {
    const [mira, tomas] = [newName('mira'), newName('tomas')];
    const page = await openPage(await openBrowser(), storage);
    expect(await register(page, mira)).toBe('ok');
    const first = await session(page);
    await write(page, mira, 'a note to myself');
    await signOut(page);
    expect(await session(page)).toEqual({ kind: 'signedOut', lastUsername: mira });
    await page.reload();
    expect(await session(page)).toEqual({ kind: 'signedOut', lastUsername: mira });

    expect(await register(page, tomas)).toBe('ok');
    await signOut(page);
    expect(await signIn(page, mira, 'another password')).toMatchObject({
      problem: { kind: 'wrongPassword' },
    });
    expect(await signIn(page, mira, password)).toEqual({ kind: 'ok', value: null });
    expect(await session(page)).toEqual(first);
    expect(await hears(page, mira, 'a note to myself')).toEqual(['a note to myself']);
    await page.reload();
    expect(await session(page)).toEqual(first);
    expect(
      await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name).sort()),
    ).toEqual(storage === 'opfs' ? [] : ['sotto', 'sotto-files']);
  });

  it('says that nobody is signed in before the worker is there, only where no account was ever made', async () => {
    const page = await openPage(await openBrowser());
    await session(page);
    const holds = Promise.withResolvers<void>();
    let isHeld = holds.promise;
    await page.context().route('**/assets/worker*', async (route) => {
      await isHeld;
      await route.continue();
    });
    await page.reload();
    expect(await session(page)).toEqual({ kind: 'signedOut', lastUsername: null });
    const registering = register(page, newName('mira'));
    holds.resolve();
    expect(await registering).toBe('ok');

    const holdsAgain = Promise.withResolvers<void>();
    isHeld = holdsAgain.promise;
    await page.reload();
    const first = page.evaluate(async () =>
      globalThis.waitFor(await globalThis.sotto, { kind: 'session' }, () => true),
    );
    // A message through the page's event loop and back comes after anything that it presumes.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    holdsAgain.resolve();
    expect(await first).toMatchObject({ kind: 'signedIn' });
  });

  it('loads neither cryptography nor SQLite into the page, and wasm from its own origin only', () => {
    const page = String(files.get('/assets/page.js'));
    expect(page).toContain('sotto-presence');
    for (const word of ['sqlite', 'libsodium', 'protobuf', 'X25519']) expect(page).not.toContain(word);
    expect([...files.keys()].filter((path) => path.endsWith('.wasm')).length).toBeGreaterThan(0);
  });
});
