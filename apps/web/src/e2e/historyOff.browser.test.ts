/** History turned off and on, as people see it in their browsers. Built app, real server; the other side in Node. */
import type { NodeSotto } from '@sotto/sdk/node';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

const product = serveProduct();
let ben: NodeSotto;
let made = 0;

beforeAll(async () => {
  ben = await product.openNode('ben');
});

async function ada(): Promise<{ person: Person; password: string }> {
  made += 1;
  const person = await product.open(`ada-${made}`);
  return { person, password: await person.createAccount() };
}

/** The same account in a browser that knows nothing of it, with the chat with Ben open. */
async function signInElsewhere(name: string, password: string): Promise<Person> {
  const person = await product.openElsewhere(name, password);
  await person.chat('ben').click();
  return person;
}

/** Turns history off or on in the details of the open chat. */
async function turnHistory(person: Person, to: 'off' | 'on'): Promise<void> {
  const { page } = person;
  await page
    .locator('.details')
    .getByRole('button', { name: `Turn history ${to}` })
    .click();
  const dialog = page.getByRole('dialog', { name: `Turn history ${to} in this chat?` });
  await dialog.getByRole('button', { name: `Turn history ${to}` }).click();
  await dialog.waitFor({ state: 'detached' });
}

const notice = (person: Person, text: string) => person.page.locator('.notice', { hasText: text });

/** What Ben's device, which is always there, shows of the chat with this account. */
async function atBen(username: string): Promise<string[]> {
  const found = await ben.findAccount(username);
  if (found.kind !== 'ok') return [];
  const conversation = await ben.openDirectConversation(found.value.accountId);
  if (conversation.kind !== 'ok') return [];
  const { messages } = await ben.readMessages({ conversationId: conversation.value, limit: 100 });
  return messages.map(({ body }) =>
    body.kind === 'text' ? body.text : body.kind === 'notice' ? body.notice.kind : '',
  );
}

describe('history', () => {
  it('turned off in a chat keeps messages from later browsers, and both sides read that it does', async () => {
    const { person: first, password } = await ada();
    await first.find('ben');
    await first.write('For everyone');
    await first.tick('For everyone', 'Delivered').waitFor();
    await turnHistory(first, 'off');
    await notice(first, 'You turned history off. Messages from here on stay only on devices').waitFor();
    await first.write('Only here');
    await first.tick('Only here', 'Delivered').waitFor();
    expect(await atBen(first.name)).toEqual([
      'conversationStarted',
      'For everyone',
      'historyOff',
      'Only here',
    ]);

    const second = await signInElsewhere(first.name, password);
    await notice(second, 'Messages sent while history was off are not on this device.').waitFor();
    await expect.poll(() => second.texts()).toEqual(['For everyone']);
    await second.page.getByText('You turned history off. Messages stay only on devices').waitFor();
    await turnHistory(second, 'on');
    await notice(second, 'You turned history back on.').waitFor();
    await notice(first, 'You turned history back on.').waitFor();
    await first.write('For everyone again');
    await second.bubble('For everyone again').waitFor();
    await product.leave(first);
    await product.leave(second);

    const third = await signInElsewhere(first.name, password);
    await third.bubble('For everyone again').waitFor();
    await notice(third, 'Messages sent while history was off are not on this device.').waitFor();
    await expect.poll(() => third.texts()).toEqual(['For everyone', 'For everyone again']);
  });

  it('turned off in the settings is off in all chats, old and new, on all browsers', async () => {
    const { person: first, password } = await ada();
    await first.find('ben');
    await first.write('Before');
    await first.tick('Before', 'Delivered').waitFor();
    await first.page.evaluate(() => {
      location.hash = '#/settings';
    });
    await first.page.getByRole('button', { name: 'History' }).click();
    await first.page.getByRole('dialog').getByRole('button', { name: 'Turn history off' }).click();
    await first.page.getByText('Off: messages stay on devices that are signed in').waitFor();
    await first.chat('ben').click();
    await notice(first, 'You turned history off.').waitFor();
    await first.find(first.name);
    await first.page.getByText('A place for notes to yourself.').waitFor();
    await first.write('A note');
    await notice(first, 'You started this chat with history off.').waitFor();

    const second = await signInElsewhere(first.name, password);
    await second.bubble('Before').waitFor();
    await second.page.evaluate(() => {
      location.hash = '#/settings';
    });
    await second.page.getByText('Off: messages stay on devices that are signed in').waitFor();
  });
});
