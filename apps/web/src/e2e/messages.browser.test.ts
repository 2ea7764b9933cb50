/** What people do with messages, in the whole product: the built app, the real server, two browsers. */
import { describe, expect, it } from 'vitest';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

const product = serveProduct();
let made = 0;

/** Two people in the chat that they have with each other. */
async function pair(): Promise<[Person, Person]> {
  made += 1;
  const ann = await product.open(`ann${made}`);
  const ben = await product.open(`ben${made}`);
  await ann.createAccount();
  await ben.createAccount();
  await ann.find(ben.name);
  await ann.write('Hello there');
  await ben.chat(ann.name).click();
  await ben.bubble('Hello there').waitFor();
  return [ann, ben];
}
async function act(person: Person, text: string, item: string): Promise<void> {
  // Not those that quote it.
  const said = person.page.locator('.bubble', {
    has: person.page.locator('.bubble-text', { hasText: text }),
  });
  await said.locator('.bubble-meta').click({ button: 'right' });
  await person.page.getByRole('menuitem', { name: item, exact: true }).click();
}

describe('messages', () => {
  it('are answered, reacted to, changed and deleted, on both sides', async () => {
    const [ann, ben] = await pair();
    await act(ben, 'Hello there', 'Reply');
    await ben.composer.fill('Hello **yourself**');
    await ben.composer.press('Enter');
    await ann.bubble('Hello yourself').locator('.quoted', { hasText: 'Hello there' }).waitFor();
    await ann.bubble('Hello yourself').locator('strong', { hasText: 'yourself' }).waitFor();

    await act(ann, 'Hello yourself', 'React with 👍');
    const given = ben.page.getByRole('button', { name: '👍, 1 person', exact: true });
    await given.waitFor();
    await given.click();
    await ann.page.getByRole('button', { name: '👍, 2 people, you too' }).waitFor();
    await act(ann, 'Hello yourself', 'React with ❤️');
    await ben.page.getByRole('button', { name: '❤️, 1 person', exact: true }).waitFor();
    await ben.page.getByRole('button', { name: '👍, 1 person, you too' }).waitFor();

    await ben.page.locator('#composer').focus();
    await ben.page.keyboard.press('ArrowUp');
    await ben.page.locator('#composer').fill('Hello to you, too');
    await ben.page.keyboard.press('Enter');
    const changed = ann.bubble('Hello to you, too');
    await changed.getByRole('button', { name: 'edited' }).click();
    await ann.page.getByRole('dialog').getByText('Hello yourself').waitFor();
    await ann.page.keyboard.press('Escape');

    await act(ann, 'Hello there', 'Delete');
    await ann.page.getByRole('button', { name: 'Delete for everyone' }).click();
    await ben.bubble(`Deleted by ${ann.name}.`).waitFor();
    await ben.bubble('Hello to you, too').getByText('The message this answers was deleted.').waitFor();
    await act(ann, 'Hello to you, too', 'Delete');
    await ann.page.getByRole('button', { name: 'Delete for me' }).click();
    await ann.bubble('Hello to you, too').waitFor({ state: 'detached' });
    await ben.bubble('Hello to you, too').waitFor();
  });

  it('are pinned, forwarded, starred, and tell when they were read', async () => {
    const [ann, ben] = await pair();
    await act(ben, 'Hello there', 'Pin in this chat');
    await ann.page.getByRole('region', { name: 'Pinned message' }).getByText('Hello there').waitFor();
    await act(ann, 'Hello there', 'Seen by');
    await ann.page.getByRole('dialog').getByText('Read by 1').waitFor();
    await ann.page.keyboard.press('Escape');
    await act(ben, 'Hello there', 'Star');
    await ben.bubble('Hello there').getByText('starred').waitFor();
    await act(ben, 'Hello there', 'Forward');
    await ben.page.getByRole('dialog').getByRole('checkbox').first().check();
    await ben.page.getByRole('button', { name: 'Forward to 1 chat' }).click();
    await ann.page.locator('.bubble-forwarded').waitFor();
    await ben.page.getByRole('button', { name: /^Account/ }).click();
    await ben.page.getByRole('menuitem', { name: 'Starred messages' }).click();
    await ben.page.locator('.messageItem', { hasText: 'Hello there' }).click();
    await ben.page.locator('[data-found]', { hasText: 'Hello there' }).waitFor();
  });

  it('wait for their time on this device, and go without a sound', async () => {
    const [ann, ben] = await pair();
    await ann.composer.fill('Not yet');
    await ann.page.getByRole('button', { name: 'Without a sound, or later' }).click();
    await ann.page.getByRole('menuitem', { name: 'In an hour' }).click();
    await ann.page.getByText('1 message waits for its time').waitFor();
    await ann.page.reload();
    await ann.page.getByText('1 message waits for its time').click();
    await expect.poll(() => ben.bubble('Not yet').count()).toBe(0);
    await ann.page.getByRole('dialog').getByRole('button', { name: 'Send now' }).click();
    await ben.bubble('Not yet').waitFor();
    await ann.page.keyboard.press('Escape');
    await ann.composer.fill('Quietly');
    await ann.page.getByRole('button', { name: 'Without a sound, or later' }).click();
    await ann.page.getByRole('menuitem', { name: 'Send without a sound' }).click();
    await ben.bubble('Quietly').getByText('sent without a sound').waitFor();
  });
});
