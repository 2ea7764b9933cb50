/** The whole app without a mouse: chats, messages, dialogs, menus; and the way back on a phone. */

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Layout } from './testing/openPage.ts';
import { serveScenes } from './testing/serveScenes.ts';

const inScene = serveScenes();

const run = (name: string, scene: string, test: (page: Page) => Promise<void>, layout?: Layout): void => {
  it(name, () =>
    inScene({ name: `keyboard-${scene}`, scene, layout }, async (page) => {
      await page.locator('main').first().waitFor();
      await test(page);
    }),
  );
};

/** The name, or else the text, of what has the focus. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
  });

describe('by keyboard', () => {
  run('walks the chats with arrows, opens one, writes, and goes back with Escape', 'shots', async (page) => {
    await page.getByRole('searchbox').waitFor();
    const all = await page.locator('a.list-row').count();
    await page.keyboard.press('Control+k');
    await expect.poll(() => focused(page)).toBe('Search chats and messages');
    await page.keyboard.type('jo');
    await expect.poll(() => page.locator('a.list-row').count()).toBe(1);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('a.list-row').count()).toBe(all);
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => focused(page)).toContain('quiet');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => focused(page)).toContain('jonas');
    await page.keyboard.press('End');
    await expect.poll(() => focused(page)).toContain('noor');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => focused(page)).toBe('Search chats and messages');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('Message quiet');
    await page.keyboard.type('One');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('Two');
    await page.keyboard.press('Enter');
    const sent = page.locator('.bubble-text', { hasText: 'One' });
    await sent.waitFor();
    await expect.poll(() => sent.textContent()).toBe('One\nTwo');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.evaluate(() => location.hash)).not.toContain('/c/');
    await expect.poll(() => focused(page)).toContain('quiet');
  });

  run('skips to the messages and scrolls them', 'chats', async (page) => {
    await page.locator('a.list-row', { hasText: 'long' }).click();
    await page.locator('.bubble-text').first().waitFor();
    await page.locator('.skipLink').focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('Messages with long');
    const fromEnd = () =>
      page.locator('.thread-scroller').evaluate((element) => {
        return element.scrollHeight - element.scrollTop - element.clientHeight;
      });
    await expect.poll(fromEnd).toBeLessThanOrEqual(1);
    await page.keyboard.press('PageUp');
    await expect.poll(fromEnd).toBeGreaterThan(100);
  });

  run('opens and closes menus and dialogs, and gives the focus back', 'shots', async (page) => {
    await page.getByRole('button', { name: 'New chat' }).focus();
    await page.keyboard.press('Enter');
    await expect
      .poll(() => page.getByLabel('Username or invite link').evaluate((e) => e === document.activeElement))
      .toBe(true);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('New chat');

    await page.getByRole('button', { name: 'Account @maren' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('Invite someone');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => focused(page)).toBe('Settings');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => location.hash)).toBe('#/settings');
    await expect.poll(() => focused(page)).toBe('Settings');
    await page.getByRole('radio', { name: 'Automatic' }).focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => focused(page)).toBe('Light');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => focused(page)).toBe('Dark');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page.reload();
    await expect.poll(() => focused(page)).toBe('Settings');
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.evaluate(() => location.hash)).toBe('#/');
  });

  run('finds someone by username and by a pasted invite link', 'shots', async (page) => {
    await page.getByRole('button', { name: 'New chat' }).click();
    const field = page.getByLabel('Username or invite link');
    for (const [text, sentence] of [
      ['', 'Enter a username'],
      ['not a name!', 'not a possible username'],
      ['nobody', 'There is nobody called @nobody'],
      ['http://localhost/#invite=expired', 'no longer works'],
      ['http://localhost/#invite=first', 'not to a person'],
    ] as const) {
      await field.fill(text);
      await page.keyboard.press('Enter');
      await page.getByRole('alert').filter({ hasText: sentence }).waitFor();
    }
    await field.fill('@Jonas');
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('Message jonas');
    await page.getByRole('button', { name: 'New chat' }).click();
    await field.fill('http://localhost/#invite=b7d0');
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('Message odile');
  });
});

describe('coming in', () => {
  run('creates an account: every refusal is a sentence, the code must be kept', 'signedOut', async (page) => {
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect
      .poll(() => page.getByLabel('Username').evaluate((e) => e === document.activeElement))
      .toBe(true);
    for (const [text, note] of [
      ['1abc', 'begins with a letter'],
      ['a b', 'Only letters'],
      ['a..b', 'stand singly'],
      ['abc-', 'stand singly'],
      ['x'.repeat(33), 'At most 32'],
      ["a'; drop table accounts; --", 'Only letters'],
    ] as const) {
      await page.getByLabel('Username').fill(text);
      await page.getByText(note).waitFor();
    }
    await page.getByLabel('Username').fill('taken');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: '@taken is taken' }).waitFor();

    await page.getByRole('button', { name: 'Use my own password' }).click();
    const password = page.getByRole('textbox', { name: 'Password' });
    await password.fill('short');
    await page.getByText('At least 8 characters').waitFor();
    await password.fill('password1');
    await page.getByText('easy to guess').waitFor();
    await password.fill('green-otter writes 7 letters');
    await page.getByText(/Strong enough|Very strong/).waitFor();
    await page.getByRole('button', { name: 'Show password' }).click();
    await expect.poll(() => password.getAttribute('type')).toBe('text');
    await page.getByLabel('Username').fill('Maren');
    await page.getByText('You will be @maren').waitFor();
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { name: 'Keep your recovery code' }).waitFor();
    await page.getByRole('button', { name: 'Open Sotto' }).click();
    await page.getByRole('alert').filter({ hasText: 'tick the box' }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('sotto-recovery-code-maren.txt');
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Open Sotto' }).click();
    await page.getByRole('heading', { name: 'Chats' }).waitFor();
  });

  run('signs in: every refusal is a sentence', 'returning', async (page) => {
    const password = page.getByRole('textbox', { name: 'Password' });
    await expect.poll(() => password.evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByText('Enter your password').waitFor();
    await password.fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'Wrong password' }).waitFor();
    await password.fill('slow down');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'Wait 2 minutes' }).waitFor();
    await page.getByRole('button', { name: 'Use another account' }).click();
    await page.getByLabel('Username').fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'no account @nobody' }).waitFor();
    await page.getByLabel('Username').fill('maren');
    await password.fill('right password');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Chats' }).waitFor();
    await page.getByRole('button', { name: 'Account @maren' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  });

  run(
    'on a phone shows one pane at a time, with a way back',
    'shots',
    async (page) => {
      await page.locator('a.list-row', { hasText: 'jonas' }).click();
      await page.locator('.thread').waitFor();
      await expect.poll(() => page.locator('.list').count()).toBe(0);
      await page.getByRole('button', { name: 'Details', exact: true }).click();
      await page.locator('.details').waitFor();
      await expect.poll(() => page.locator('.thread').count()).toBe(0);
      await page.goBack();
      await page.locator('.thread').waitFor();
      await page.goBack();
      await page.locator('.list').waitFor();
      await page.locator('a.list-row', { hasText: 'jonas' }).click();
      await page.locator('#composer').fill('Enter makes a line');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.locator('#composer').inputValue()).toBe('Enter makes a line\n');
      await page.getByRole('button', { name: 'Back' }).click();
      await page.locator('.list').waitFor();
      const small = await page.evaluate(
        () =>
          [...document.querySelectorAll('button, a')].filter((element) => {
            const { width, height } = element.getBoundingClientRect();
            return width > 0 && (width < 44 || height < 44);
          }).length,
      );
      expect(small, 'targets smaller than 44 pixels').toBe(0);
    },
    'phone',
  );
});
