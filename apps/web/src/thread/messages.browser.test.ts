/** What people do with messages, in Chromium: answers, reactions, edits, deleting, forwarding, pins, stars, jumps. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { noteSeen } from '../testing/noteSeen.ts';
import type { Layout } from '../testing/openPage.ts';
import { serveScenes } from '../testing/serveScenes.ts';

const inScene = serveScenes();

const run = (name: string, test: (page: Page) => Promise<void>, layout: Layout = 'desktop'): void => {
  it(name, () => inScene({ layout, name: 'messages', scene: 'messages' }, test));
};
const open = async (page: Page, name: string): Promise<void> => {
  await page.locator('a.list-row', { has: page.locator('.list-name', { hasText: name }) }).click();
  await page.locator('.bubble').first().waitFor();
};
const bubble = (page: Page, text: string) => page.locator('.bubble', { hasText: text });
const row = (page: Page, text: string) => page.locator('[data-message]', { hasText: text });
const act = async (page: Page, text: string, item: string): Promise<void> => {
  await bubble(page, text).click({ button: 'right' });
  await page.getByRole('menuitem', { name: item, exact: true }).click();
};
const called = (page: Page, call: string): Promise<boolean> =>
  page.evaluate((wanted) => window.sottoFixture.calls.some((each) => each.startsWith(wanted)), call);
const isFocused = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
const focusedText = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.closest('[data-message]')?.textContent ?? '');
/** What was gone to has the focus, and keeps it, also when it is marked no more. */
const isAt = (page: Page, text: string): Promise<void> =>
  expect.poll(() => focusedText(page)).toContain(text);
/** Writes it, and waits until the server has it: only then all can be done with it. */
const write = async (page: Page, text: string): Promise<void> => {
  await page.locator('#composer').fill(text);
  await page.keyboard.press('Enter');
  await bubble(page, text).getByRole('img', { name: 'Sent', exact: true }).waitFor();
};

describe('messages', () => {
  run('are answered, and lead to what they answer', async (page) => {
    await open(page, 'Harbour crew');
    await act(page, 'I come by train', 'Reply');
    await page.locator('.composer-top', { hasText: 'Reply to theodora' }).waitFor();
    await expect.poll(() => isFocused(page, '#composer')).toBe(true);
    await page.keyboard.type('See you at the station');
    await page.keyboard.press('Enter');
    const answer = bubble(page, 'See you at the station');
    await answer.locator('.quoted', { hasText: 'I come by train' }).waitFor();
    await expect.poll(() => page.locator('.composer-top').count()).toBe(0);
    // Far up: the thread goes there and marks it.
    const marked = await noteSeen(page, '[data-found]');
    await bubble(page, 'They hang in my hall').locator('.quoted').click();
    await marked('Who has the keys to the shed?');
    await isAt(page, 'Who has the keys to the shed?');
  });

  run('say when what they answer is deleted, or not here', async (page) => {
    await open(page, 'Harbour crew');
    await bubble(page, 'I come by train').getByText('The message this answers was deleted.').waitFor();
    await open(page, 'ida.lund');
    await bubble(page, 'I do not know').getByText('not on this device').waitFor();
    await write(page, 'First words');
    await act(page, 'First words', 'Reply');
    await page.locator('#composer').fill('Second words');
    await page.keyboard.press('Enter');
    await bubble(page, 'Second words').locator('.quoted', { hasText: 'First words' }).waitFor();
    await page.locator('.bubble-text', { hasText: /^First words$/ }).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete for everyone' }).click();
    await bubble(page, 'Second words').getByText('The message this answers was deleted.').waitFor();
  });

  run('keep a draft with its answer', async (page) => {
    await open(page, 'Harbour crew');
    await act(page, 'I come by train', 'Reply');
    await page.locator('#composer').fill('Half of it');
    await open(page, 'emil');
    await expect.poll(() => page.locator('#composer').inputValue()).toBe('');
    // The draft is here before the message that it answers.
    await page.evaluate(() => window.sottoFixture.holdPages(true));
    await page.locator('a.list-row', { hasText: 'Harbour crew' }).click();
    await expect.poll(() => page.locator('#composer').inputValue()).toBe('Half of it');
    await page.locator('.composer-top').waitFor();
    await page.evaluate(() => window.sottoFixture.holdPages(false));
    await page.locator('.composer-top', { hasText: 'Reply to theodora' }).waitFor();
    await page.locator('#composer').focus();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.composer-top').count()).toBe(0);
    await expect.poll(() => page.locator('#composer').inputValue()).toBe('Half of it');
  });

  run('get reactions, one from each, and tell who reacted', async (page) => {
    await open(page, 'Harbour crew');
    const line = row(page, 'I come by train');
    await act(page, 'I come by train', 'React with ❤️');
    await line.getByRole('button', { name: '❤️, 1 person, you too' }).waitFor();
    await act(page, 'I come by train', 'React with 👍');
    await line.getByRole('button', { name: '👍, 1 person, you too' }).waitFor();
    await expect.poll(() => line.getByRole('button', { name: '❤️' }).count()).toBe(0);
    await line.getByRole('button', { name: '👍, 1 person, you too' }).click();
    await expect.poll(() => line.locator('.reaction').count()).toBe(0);
    const other = row(page, 'They hang in my hall');
    await other.hover();
    await other.getByRole('button', { name: 'Who reacted' }).click();
    const dialog = page.getByRole('dialog', { name: 'Who reacted' });
    await dialog.getByText('All 5').waitFor();
    await dialog.getByRole('button', { name: '❤️, 1 person' }).click();
    await expect.poll(() => dialog.locator('.personRow').count()).toBe(1);
    await dialog.getByText('emil').waitFor();
  });

  run('are changed in place, with arrow up, and keep their versions', async (page) => {
    await open(page, 'ida.lund');
    await page.locator('#composer').focus();
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => page.locator('#composer').inputValue()).toContain('The rehearsal is at seven');
    await page.locator('#composer').fill('The rehearsal is at **eight**');
    await page.keyboard.press('Enter');
    const changed = bubble(page, 'The rehearsal is at eight');
    await changed.locator('strong', { hasText: 'eight' }).waitFor();
    await expect.poll(() => page.locator('#composer').inputValue()).toBe('');
    await changed.getByRole('button', { name: 'edited' }).click();
    const dialog = page.getByRole('dialog', { name: 'Earlier versions' });
    await dialog.getByText('The rehearsal is at seven, the door is open from six.').waitFor();
    await page.keyboard.press('Escape');
    await act(page, 'The rehearsal is at eight', 'Edit');
    await page.locator('.composer-top', { hasText: 'Edit your message' }).waitFor();
    await expect.poll(() => isFocused(page, '#composer')).toBe(true);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.composer-top').count()).toBe(0);
    expect(await page.evaluate(() => location.hash)).toContain('/c/');
  });

  run('are deleted for this account, and for everyone after a question', async (page) => {
    await open(page, 'Harbour crew');
    await act(page, 'I come by train', 'Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for me' }).click();
    await bubble(page, 'I come by train').waitFor({ state: 'detached' });
    await act(page, 'Here is who', 'Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for everyone' }).click();
    await bubble(page, 'You deleted this message.').waitFor();
    await bubble(page, 'Here is who').waitFor({ state: 'detached' });
    // In a direct chat the other’s messages can only be deleted for oneself.
    await open(page, 'emil');
    await act(page, 'See you there', 'Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for me' }).waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Delete for everyone' }).count()).toBe(0);
  });

  run('are forwarded to several chats found by name', async (page) => {
    await open(page, 'Harbour crew');
    await act(page, 'Here is who', 'Forward');
    const dialog = page.getByRole('dialog', { name: 'Forward to' });
    await dialog.getByRole('button', { name: 'Forward', exact: true }).click();
    await dialog.getByText('Choose at least one chat.').waitFor();
    await dialog.getByRole('searchbox').fill('emi');
    await expect.poll(() => dialog.getByRole('checkbox').count()).toBe(1);
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('searchbox').fill('notes');
    await dialog.getByRole('checkbox', { name: /notes/i }).check();
    const told = await noteSeen(page, '.thread-told');
    await dialog.getByRole('button', { name: 'Forward to 2 chats' }).click();
    await told('Forwarded to 2 chats.');
    await open(page, 'emil');
    await bubble(page, 'Here is who').getByText('Forwarded').waitFor();
  });

  run('are copied, pinned, starred, and found again', async (page) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await open(page, 'Harbour crew');
    const told = await noteSeen(page, '.thread-told');
    await act(page, 'I come by train', 'Copy text');
    await told('Copied.');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('I come by train.');
    await act(page, 'I come by train', 'Pin in this chat');
    const bar = page.getByRole('region', { name: 'Pinned message' });
    await bar.getByText('2 pinned messages').waitFor();
    await bar.getByText('I come by train').waitFor();
    await page.getByRole('button', { name: 'Show all pinned messages' }).click();
    const dialog = page.getByRole('dialog', { name: 'Pinned messages' });
    await dialog.getByRole('button', { name: 'Unpin' }).first().click();
    await expect.poll(() => dialog.locator('.messageItem').count()).toBe(1);
    await dialog.locator('.messageItem').click();
    await dialog.waitFor({ state: 'detached' });
    await isAt(page, 'north quay');

    await open(page, 'ida.lund');
    await act(page, 'The rehearsal', 'Star');
    await bubble(page, 'The rehearsal').getByText('starred').waitFor();
    await page.getByRole('button', { name: 'Account @maren' }).click();
    await page.getByRole('menuitem', { name: 'Starred messages' }).click();
    await page.getByRole('heading', { name: 'Starred messages' }).waitFor();
    await expect.poll(() => page.locator('.starred .messageItem').count()).toBe(2);
    await page.locator('.starred .messageItem', { hasText: 'The map' }).click();
    await isAt(page, 'The map');
  });

  run('are selected together', async (page) => {
    await open(page, 'Harbour crew');
    await act(page, 'I come by train', 'Select');
    const bar = page.getByRole('toolbar', { name: 'Selected messages' });
    await bar.getByText('1 message selected').waitFor();
    await page.getByRole('checkbox', { name: /message from You, .*1:21|message from You, 11:21/ }).check();
    await bar.getByText('2 messages selected').waitFor();
    await bar.getByRole('button', { name: 'Star', exact: true }).click();
    await bar.waitFor({ state: 'detached' });
    await bubble(page, 'I come by train').getByText('starred').waitFor();
    await act(page, 'I come by train', 'Select');
    await bar.waitFor();
    await page.keyboard.press('Escape');
    await bar.waitFor({ state: 'detached' });
    await act(page, 'I come by train', 'Select');
    await bar.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for me' }).click();
    await bubble(page, 'I come by train').waitFor({ state: 'detached' });
    await bar.waitFor({ state: 'detached' });
  });

  run('tell who has read them and when', async (page) => {
    await open(page, 'Harbour crew');
    const dialog = page.getByRole('dialog', { name: 'Seen by' });
    // The first time, what dialogs need comes after the menu is gone; then it is here before.
    for (const turn of ['first', 'second']) {
      await act(page, 'Here is who', 'Seen by');
      await dialog.getByText('Read by 3').waitFor();
      await dialog.getByText(/^Delivered to/).waitFor();
      await dialog.locator('.personRow', { hasText: 'jonas' }).locator('time').waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await expect.poll(() => focusedText(page), { message: turn }).toContain('Here is who');
    }
  });

  run('are walked through by arrows, and acted on by letters', async (page) => {
    await open(page, 'Harbour crew');
    await page.locator('#messages').focus();
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => focusedText(page)).toContain('The others are at');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => focusedText(page)).toContain('I come by train');
    await page.keyboard.press('s');
    await bubble(page, 'I come by train').getByText('starred').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('menu').waitFor();
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
      .toContain('React with');
    const focusedItem = (): Promise<string> =>
      page.evaluate(() => {
        const item = document.activeElement;
        return item?.getAttribute('aria-label') ?? item?.textContent ?? '';
      });
    const first = await focusedItem();
    await page.keyboard.press('ArrowRight');
    await expect.poll(focusedItem).not.toBe(first);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(focusedItem).toBe(first);
    await page.keyboard.press('ArrowDown');
    await expect.poll(focusedItem).toBe('Reply');
    await page.keyboard.press('Escape');
    await expect.poll(() => focusedText(page)).toContain('I come by train');
    await page.keyboard.press('r');
    await expect.poll(() => isFocused(page, '#composer')).toBe(true);
    await page.locator('.composer-top', { hasText: 'Reply to theodora' }).waitFor();
  });

  run('are jumped to: the first unread, where one is mentioned, and a day', async (page) => {
    await open(page, 'Busy crew');
    await page.getByText('52 new messages').first().waitFor();
    await bubble(page, 'Line 9 of many').waitFor();
    await page.getByRole('button', { name: 'Go to 1 message that mentions you' }).click();
    await isAt(page, 'where are you?');
    await expect
      .poll(() => page.getByRole('button', { name: 'Go to 1 message that mentions you' }).count())
      .toBe(0);
    await page.locator('.daySeparator button').last().click();
    const dialog = page.getByRole('dialog', { name: 'Go to a day' });
    await dialog.locator('[aria-current="date"]').focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => isFocused(page, '[aria-current="date"]')).toBe(true);
    await dialog.getByRole('button', { name: 'Earlier month' }).click();
    await dialog.getByRole('button', { name: 'Later month' }).click();
    await page.evaluate(() => {
      const field = document.querySelector<HTMLElement>('[role="dialog"] td button[tabindex="0"]');
      field?.focus();
    });
    for (let step = 0; step < 40; step += 1) await page.keyboard.press('PageUp');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await isAt(page, 'Line 1 of many');
  });

  run('lead to the first unread one where they were opened further down', async (page) => {
    await page.locator('a.list-row', { hasText: 'Busy crew' }).waitFor();
    const address = await page.locator('a.list-row', { hasText: 'Busy crew' }).getAttribute('href');
    await page.evaluate((hash) => {
      location.hash = `${hash}/m/60`;
    }, address);
    await bubble(page, 'Line 60 of many').waitFor();
    await page.getByRole('button', { name: 'Go to the first of 52 new messages' }).click();
    await isAt(page, 'Line 9 of many');
  });
});

describe('bad input', () => {
  run('a flood of reactions is cut, and told on request', async (page) => {
    await open(page, 'theodora');
    await expect.poll(() => page.locator('.reaction[aria-pressed]').count()).toBe(12);
    await page.getByRole('button', { name: 'Who reacted' }).click();
    await page.getByRole('dialog').getByText('All 128').waitFor();
  });

  run('nothing of a message is HTML, and a preview leads nowhere but to the web', async (page) => {
    await open(page, 'theodora');
    await page.locator('.bubble', { hasText: 'A preview of a page' }).waitFor();
    await expect.poll(() => page.locator('.thread img, .thread script, .thread svg[onload]').count()).toBe(0);
    const previews = page.locator('.linkPreview');
    await expect.poll(() => previews.count()).toBe(1);
    await expect.poll(() => previews.getAttribute('href')).toBe('https://example.org/a');
    await page.getByRole('button', { name: 'edited' }).click();
    await page.getByRole('dialog', { name: 'Earlier versions' }).getByText('Now, ').waitFor();
    await expect.poll(() => page.locator('[role="dialog"] img').count()).toBe(0);
  });
});

describe('on a phone', () => {
  run(
    'a long press opens the menu of a message',
    async (page) => {
      await open(page, 'Harbour crew');
      const text = bubble(page, 'I come by train');
      await text.scrollIntoViewIfNeeded();
      await text.dispatchEvent('pointerdown', {
        pointerType: 'touch',
        clientX: 120,
        clientY: 420,
        bubbles: true,
      });
      await page.getByRole('menuitem', { name: 'Reply' }).waitFor();
      await text.dispatchEvent('pointerup', { pointerType: 'touch', bubbles: true });
      await page.getByRole('menuitem', { name: 'Reply' }).click();
      await page.locator('.composer-top', { hasText: 'Reply to theodora' }).waitFor();
      expect(await called(page, 'sendMessage')).toBe(false);
    },
    'phone',
  );
});
