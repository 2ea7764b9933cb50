/** What an account has read, archived, muted and pinned, in all its browsers. Built app, real server; others in Node. */
import type { NodeSotto } from '@sotto/sdk/node';
import { beforeAll, expect, it } from 'vitest';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

const patienceMs = 30_000;
const others = ['ben', 'cleo'] as const;

const product = serveProduct();
const nodes = new Map<string, NodeSotto>();

beforeAll(async () => {
  for (const username of others) nodes.set(username, await product.openNode(username));
});

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
  const first = await product.open('ada');
  const password = await first.createAccount();
  for (const name of others) {
    await first.find(name);
    await first.page.getByRole('textbox', { name: `Message ${name}` }).waitFor();
    await first.write(`Hello ${name}`);
    await first.tick(`Hello ${name}`, 'Delivered').waitFor();
  }
  await leaveChat(first);
  const second = await product.openElsewhere('ada', password);
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
    await expect.poll(() => names(person)).toEqual(['cleo']);
  }
  await expect.poll(() => first.page.title(), eventually).toContain('(2)');

  // All of it is at the server a moment after it was done; then nobody of the account is there.
  await product.leave(first);
  await product.leave(second);
  const third = await product.openElsewhere('ada', password);
  await expect.poll(() => unread(third, 'cleo'), eventually).toBe('2');
  await expect.poll(() => names(third)).toEqual(['cleo']);
  await third.chat('cleo').getByText('pinned').waitFor({ state: 'attached' });
  await third.page.getByRole('link', { name: 'Archived' }).click();
  await third.chat('ben').getByText('muted').waitFor({ state: 'attached' });
  await expect.poll(() => unread(third, 'ben'), eventually).toBe('2');
  await choose(third, 'ben', 'Move back to chats');
  await third.page.getByText('Nothing archived').waitFor();
  await third.page.getByRole('button', { name: 'Back to chats' }).click();
  await third.chat('ben').click();
  await third.bubble('five').waitFor();
  await expect.poll(() => third.texts()).toEqual(['Hello ben', 'one', 'two', 'three', 'four', 'five']);
});
