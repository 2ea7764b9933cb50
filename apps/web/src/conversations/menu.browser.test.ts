/** A chat's menu by mouse, keyboard and finger; and what is pinned, muted and archived in the list. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Layout } from '../testing/openPage.ts';
import { serveScenes } from '../testing/serveScenes.ts';

const inScene = serveScenes();

const run = (name: string, scene: string, test: (page: Page) => Promise<void>, layout?: Layout): void => {
  it(name, () =>
    inScene({ name: `chat-menu-${scene}`, scene, layout }, async (page) => {
      await page.locator('a.list-row').first().waitFor();
      await test(page);
    }),
  );
};

const row = (page: Page, name: string) => page.locator('a.list-row', { hasText: name });
const item = (page: Page, name: string) => page.getByRole('menuitem', { name });
const names = (page: Page): Promise<string[]> => page.locator('a.list-row .list-name').allTextContents();
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
  });

describe('the menu of a chat', () => {
  run('pins, mutes and archives by right click; the title counts nothing muted', 'shots', async (page) => {
    await row(page, 'noor').click({ button: 'right' });
    await item(page, 'Pin to the top').click();
    await expect.poll(() => names(page).then(([first]) => first)).toBe('noor');
    await row(page, 'noor').getByText('pinned').waitFor({ state: 'attached' });

    const counted = async () => Number(/^\((\d+)\)/.exec(await page.title())?.[1] ?? 0);
    const before = await counted();
    await row(page, 'wren').click({ button: 'right' });
    await item(page, 'Mute for a week').click();
    await expect.poll(counted).toBe(before - 128);
    await row(page, 'wren').click({ button: 'right' });
    await item(page, 'Unmute').getByText('Muted until').waitFor();
    await item(page, 'Unmute').click();
    await expect.poll(counted).toBe(before);

    const all = (await names(page)).length;
    await row(page, 'wren').click({ button: 'right' });
    await item(page, 'Archive').click();
    await expect.poll(() => names(page).then(({ length }) => length)).toBe(all - 1);
    await page.getByRole('link', { name: 'Archived' }).click();
    await expect.poll(() => names(page)).toEqual(['wren']);
    await row(page, 'wren').click({ button: 'right' });
    await item(page, 'Move back to chats').click();
    await page.getByText('Nothing archived').waitFor();
    await page.getByRole('button', { name: 'Back to chats' }).click();
    await row(page, 'wren').waitFor();
    const calls = await page.evaluate(() => window.sottoFixture.calls);
    expect(calls.filter((call) => /^(pin|mute|archive) /.test(call))).toEqual([
      'pin true',
      'mute until',
      'mute null',
      'archive true',
      'archive false',
    ]);
  });

  run('opens and closes by keyboard, and gives the focus back', 'shots', async (page) => {
    await row(page, 'jonas').focus();
    await page.keyboard.press('Tab');
    await expect.poll(() => focused(page)).toBe('Options for jonas');
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('Pin to the top');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => focused(page)).toContain('Mute');
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('Options for jonas');

    await row(page, 'jonas').focus();
    await page.keyboard.press('Shift+F10');
    await expect.poll(() => focused(page)).toBe('Pin to the top');
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await page.locator('a.list-row:focus', { hasText: 'jonas' }).waitFor();
    // Arrows walk through the chats, not through their buttons.
    await page.keyboard.press('ArrowDown');
    await page.locator('a.list-row:focus', { hasText: 'ida.lund' }).waitFor();
    expect(await page.evaluate(() => location.hash)).not.toContain('/c/');
  });

  run(
    'opens where a finger rests, which is no tap',
    'shots',
    async (page) => {
      const box = (await row(page, 'ida.lund').boundingBox())!;
      const at = { x: box.x + 120, y: box.y + 30 };
      const touch = await page.context().newCDPSession(page);
      await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
      await item(page, 'Pin to the top').waitFor();
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
      await item(page, 'Pin to the top').waitFor();
      expect(await page.evaluate(() => location.hash)).not.toContain('/c/');
      await item(page, 'Pin to the top').tap();
      await expect.poll(() => names(page).then(([first]) => first)).toBe('ida.lund');
      await row(page, 'ida.lund').tap();
      await expect.poll(() => page.evaluate(() => location.hash)).toContain('/c/');
    },
    'phone',
  );

  run(
    'leaves the archived page’s chat where it is archived, and closes an open one',
    'kept',
    async (page) => {
      await page.getByRole('link', { name: 'Archived' }).click();
      await row(page, 'emil').click();
      await page.getByRole('textbox', { name: 'Message emil' }).waitFor();
      await expect.poll(() => names(page)).toEqual(['emil', 'noor']);
      await page.evaluate(() => window.sottoFixture.receive('emil', 'Here I am'));
      await page.getByRole('button', { name: 'Back to chats' }).click();
      await row(page, 'jonas').click();
      await page.getByRole('textbox', { name: 'Message jonas' }).waitFor();
      await row(page, 'jonas').click({ button: 'right' });
      await item(page, 'Archive').click();
      await page.getByText('Pick a chat').waitFor();
      await expect.poll(() => names(page)).not.toContain('jonas');
      // Search finds what is archived.
      await page.getByRole('searchbox').fill('jonas');
      await row(page, 'jonas').first().waitFor();
    },
  );
});
