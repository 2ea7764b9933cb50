/** The whole history in a browser that comes later, as its user sees it. Built app, real server; the other side in Node. */
import type { NodeSotto } from '@sotto/sdk/node';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

const patienceMs = 90_000;

const product = serveProduct();
let ben: NodeSotto;
let made = 0;

beforeAll(async () => {
  ben = await product.openNode('ben');
});

/** Someone with an account who has written to Ben. */
async function ada(): Promise<{ person: Person; password: string }> {
  made += 1;
  const person = await product.open(`ada-${made}`);
  const password = await person.createAccount();
  await person.find('ben');
  await person.write('Hello Ben');
  return { person, password };
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
    await product.leave(first);

    const second = await product.openElsewhere(first.name, password);
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
    await product.leave(lost);
    await benWrites(lost.name, ['Are you there?', 'I keep writing']);
    await ben.close();

    const found = await product.openElsewhere(lost.name, password);
    await found.chat('ben').click();
    await found.bubble('I keep writing').waitFor();
    await expect.poll(() => found.texts()).toEqual(['Hello Ben', 'Are you there?', 'I keep writing']);
    await found.write('Here I am again');
    ben = await product.openNode('ben', 'existing');
    await found.tick('Here I am again', 'Delivered').waitFor();
  });
});
