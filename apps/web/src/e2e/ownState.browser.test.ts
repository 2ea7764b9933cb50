/** What an account has read, archived, muted and pinned, in all its browsers. Built app, real server; others in Node. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NodeSotto, openSotto } from '@sotto/sdk/node';
import { type ServerProcess, startServerProcess } from '@sotto/sdk/serverProcess';
import { launchChromium } from '@sotto/testkit/chromium';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildProduct } from './buildProduct.ts';
import { Person } from './person.ts';

const patienceMs = 30_000;
const others = ['ben', 'cleo'] as const;

let browser: Browser;
let folder: string;
let webFolder: string;
let server: ServerProcess;
const complaints: string[] = [];
const nodes = new Map<string, NodeSotto>();

beforeAll(async () => {
  [browser, webFolder] = await Promise.all([launchChromium(), buildProduct()]);
  server = await startServerProcess({ SOTTO_WEB: webFolder });
  folder = await mkdtemp(path.join(tmpdir(), 'sotto-others-'));
  for (const username of others) {
    const node = await openSotto({ server: server.address, dataFolder: path.join(folder, username) });
    nodes.set(username, node);
    const registered = await node.register({ username, password: 'ample copper window quilt river' });
    if (registered.kind !== 'ok') throw new Error(registered.problem.kind);
  }
});
afterAll(async () => {
  for (const node of nodes.values()) await node.close();
  await browser?.close();
  await server?.remove();
  for (const one of [webFolder, folder]) {
    if (one !== undefined) await rm(one, { recursive: true, force: true });
  }
});

async function open(name: string): Promise<Person> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(server.address);
  return new Person(name, context, page);
}

/** The account in a browser that knows nothing of it. */
async function signInElsewhere(name: string, password: string): Promise<Person> {
  const person = await open(name);
  await person.page.getByRole('button', { name: 'I have an account' }).click();
  await person.page.getByLabel('Username').fill(name);
  await person.signIn(password);
  return person;
}

async function write(from: (typeof others)[number], to: string, texts: readonly string[]): Promise<void> {
  const node = nodes.get(from);
  const found = await node?.findAccount(to);
  if (node === undefined || found?.kind !== 'ok') throw new Error(`${from} does not find ${to}`);
  const conversation = await node.openDirectConversation(found.value.accountId);
  if (conversation.kind !== 'ok') throw new Error(conversation.problem.kind);
  for (const text of texts) await node.sendText(conversation.value, text);
}

/** No chat is open. */
async function leaveChat({ page }: Person): Promise<void> {
  await page.evaluate(() => {
    location.hash = '#/';
  });
}

async function choose(person: Person, chat: string, option: string): Promise<void> {
  await person.chat(chat).click({ button: 'right' });
  await person.page.getByRole('menuitem', { name: option }).click();
}

const badge = (person: Person, chat: string) => person.chat(chat).locator('.badge');
const unread = async (person: Person, chat: string): Promise<string> =>
  (await badge(person, chat).locator('span').first().textContent()) ?? '';
const names = (person: Person): Promise<string[]> =>
  person.page.locator('a.list-row .list-name').allTextContents();
const eventually = { timeout: patienceMs };

it('is in step in two browsers, and there in a third that comes later', async () => {
  const first = await open('ada');
  const password = await first.createAccount();
  for (const name of others) {
    await first.find(name);
    await first.page.getByRole('textbox', { name: `Message ${name}` }).waitFor();
    await first.write(`Hello ${name}`);
    await first.tick(`Hello ${name}`, 'Delivered').waitFor();
  }
  await leaveChat(first);
  const second = await signInElsewhere('ada', password);
  await second.chat('ben').waitFor();
  await second.chat('cleo').waitFor();

  // Read in one, read in the other.
  await write('ben', 'ada', ['one', 'two', 'three']);
  for (const person of [first, second]) await expect.poll(() => unread(person, 'ben'), eventually).toBe('3');
  await first.chat('ben').click();
  await first.bubble('three').waitFor();
  await badge(second, 'ben').waitFor({ state: 'detached' });
  await leaveChat(first);

  // Pinned in the second, muted in the first.
  await choose(second, 'cleo', 'Pin to the top');
  await expect.poll(() => names(first), eventually).toEqual(['cleo', 'ben']);
  await first.chat('cleo').getByText('pinned').waitFor({ state: 'attached' });
  await choose(first, 'ben', 'Mute always');
  await second.chat('ben').getByText('muted').waitFor({ state: 'attached' });
  await write('ben', 'ada', ['four']);
  for (const person of [first, second]) {
    await expect.poll(() => unread(person, 'ben'), eventually).toBe('1');
    await expect.poll(() => badge(person, 'ben').getAttribute('data-quiet')).toBe('true');
    expect(await person.page.title()).not.toContain('(');
  }

  // Archived in the second: muted, it stays so although Ben goes on.
  await choose(second, 'ben', 'Archive');
  await expect.poll(() => names(first), eventually).toEqual(['cleo']);
  await write('ben', 'ada', ['five']);
  await write('cleo', 'ada', ['I see you', 'Do you see me?']);
  for (const person of [first, second]) {
    await expect.poll(() => unread(person, 'cleo'), eventually).toBe('2');
    expect(await names(person)).toEqual(['cleo']);
  }
  await expect.poll(() => first.page.title(), eventually).toContain('(2)');

  // All of it is at the server a moment after it was done; then nobody of the account is there.
  await first.context.close();
  await second.context.close();
  const third = await signInElsewhere('ada', password);
  await expect.poll(() => unread(third, 'cleo'), eventually).toBe('2');
  expect(await names(third)).toEqual(['cleo']);
  await third.chat('cleo').getByText('pinned').waitFor({ state: 'attached' });
  await third.page.getByRole('link', { name: 'Archived' }).click();
  await third.chat('ben').getByText('muted').waitFor({ state: 'attached' });
  await expect.poll(() => unread(third, 'ben'), eventually).toBe('2');
  await choose(third, 'ben', 'Move back to chats');
  await third.page.getByText('Nothing archived').waitFor();
  await third.page.getByRole('button', { name: 'Back to chats' }).click();
  await third.chat('ben').click();
  await third.bubble('five').waitFor();
  expect(await third.texts()).toEqual(['Hello ben', 'one', 'two', 'three', 'four', 'five']);
  await third.context.close();
  expect(complaints).toEqual([]);
});
