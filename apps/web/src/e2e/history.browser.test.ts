/** The whole history in a browser that comes later, as its user sees it. Built app, real server; the other side in Node. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NodeSotto, openSotto } from '@sotto/sdk/node';
import { type ServerProcess, startServerProcess } from '@sotto/sdk/serverProcess';
import { launchChromium } from '@sotto/testkit/chromium';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildProduct } from './buildProduct.ts';
import { Person } from './person.ts';

const patienceMs = 30_000;

let browser: Browser;
let webFolder: string;
let server: ServerProcess;
let people: Person[] = [];
let complaints: string[] = [];
let ben: NodeSotto;
let benFolder: string;
let made = 0;

beforeAll(async () => {
  [browser, webFolder] = await Promise.all([launchChromium(), buildProduct()]);
  server = await startServerProcess({ SOTTO_WEB: webFolder });
  benFolder = await mkdtemp(path.join(tmpdir(), 'sotto-ben-'));
  ben = await openSotto({ server: server.address, dataFolder: benFolder });
  const registered = await ben.register({ username: 'ben', password: 'ample copper window quilt river' });
  if (registered.kind !== 'ok') throw new Error(registered.problem.kind);
});
afterAll(async () => {
  await ben?.close();
  await browser?.close();
  await server?.remove();
  for (const folder of [webFolder, benFolder]) {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
});
afterEach(async () => {
  for (const { context } of people) await context.close();
  people = [];
  const found = complaints;
  complaints = [];
  expect(found).toEqual([]);
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
  const person = new Person(name, context, page);
  people.push(person);
  return person;
}

/** Someone with an account who has written to Ben. */
async function ada(): Promise<{ person: Person; password: string }> {
  made += 1;
  const person = await open(`ada-${made}`);
  const password = await person.createAccount();
  await person.find('ben');
  await person.write('Hello Ben');
  return { person, password };
}

/** The same account in a browser that knows nothing of it. */
async function signInElsewhere(name: string, password: string): Promise<Person> {
  const person = await open(name);
  await person.page.getByRole('button', { name: 'I have an account' }).click();
  await person.page.getByLabel('Username').fill(name);
  await person.signIn(password);
  return person;
}

/** Ben writes these, one after another; resolves once the server has them. */
async function benWrites(username: string, texts: readonly string[]): Promise<void> {
  const found = await ben.findAccount(username);
  if (found.kind !== 'ok') throw new Error(found.problem.kind);
  const conversation = await ben.openDirectConversation(found.value.accountId);
  if (conversation.kind !== 'ok') throw new Error(conversation.problem.kind);
  const conversationId = conversation.value;
  for (const text of texts) await ben.sendText(conversationId, text);
  await expect
    .poll(
      async () => {
        const { messages } = await ben.readMessages({ conversationId, limit: 500 });
        return messages.filter(({ state }) => state === 'waiting').length;
      },
      { timeout: patienceMs },
    )
    .toBe(0);
}

describe('a second browser', () => {
  it('signs in with the password alone while the first is closed, and has everything', async () => {
    const { person: first, password } = await ada();
    const texts = Array.from({ length: 150 }, (_, n) => `line ${n + 1} of a long story`);
    await benWrites(first.name, texts);
    await first.bubble('line 150 of').waitFor();
    await first.write('That was long');
    await first.tick('That was long', 'Delivered').waitFor();
    await first.context.close();
    people = people.filter((person) => person !== first);

    const second = await signInElsewhere(first.name, password);
    await second.chat('ben').getByText('That was long').waitFor();
    await second.chat('ben').click();
    await second.bubble('That was long').waitFor();
    await second.bubble('line 150 of').waitFor();
    // Older pages come while scrolling, up to the beginning.
    await expect
      .poll(
        async () => {
          await second.page.locator('.thread-scroller').evaluate((element) => {
            element.scrollTop = 0;
          });
          return (await second.texts()).includes('Hello Ben');
        },
        { timeout: patienceMs },
      )
      .toBe(true);
    expect((await second.texts()).slice(0, 3)).toEqual([
      'Hello Ben',
      'line 1 of a long story',
      'line 2 of a long story',
    ]);

    await second.write('And I can answer here');
    await expect
      .poll(async () => {
        const found = await ben.findAccount(first.name);
        if (found.kind !== 'ok') return [];
        const conversation = await ben.openDirectConversation(found.value.accountId);
        if (conversation.kind !== 'ok') return [];
        const page = await ben.readMessages({ conversationId: conversation.value, limit: 10 });
        return page.messages.map(({ body }) => (body.kind === 'text' ? body.text : body.kind));
      })
      .toContain('And I can answer here');
  });
});

describe('an account that has lost every device', () => {
  it('finds at its next sign-in what was written to it meanwhile', async () => {
    const { person: lost, password } = await ada();
    await lost.tick('Hello Ben', 'Delivered').waitFor();
    await lost.context.close();
    people = people.filter((person) => person !== lost);
    await benWrites(lost.name, ['Are you there?', 'I keep writing']);
    await ben.close();

    const found = await signInElsewhere(lost.name, password);
    await found.chat('ben').click();
    await found.bubble('I keep writing').waitFor();
    expect(await found.texts()).toEqual(['Hello Ben', 'Are you there?', 'I keep writing']);
    await found.write('Here I am again');
    ben = await openSotto({ server: server.address, dataFolder: benFolder });
    await found.tick('Here I am again', 'Delivered').waitFor();
  });
});
