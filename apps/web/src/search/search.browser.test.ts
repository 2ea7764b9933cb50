/** Search and export in Chromium: from the list, inside of a chat, to a message in place and on from there. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { noteSeen } from '../testing/noteSeen.ts';
import { serveScenes } from '../testing/serveScenes.ts';

const inScene = serveScenes();

const run = (name: string, test: (page: Page) => Promise<void>): void => {
  it(name, () =>
    inScene({ name: 'search', scene: 'chats' }, async (page) => {
      await page.locator('a.list-row').first().waitFor();
      await test(page);
    }),
  );
};
const field = (page: Page) => page.getByRole('searchbox', { name: 'Search chats and messages' });
/** What was gone to has the focus, and keeps it, also when it is marked no more. */
const isAt = async (page: Page, text: string): Promise<void> => {
  const focused = () =>
    page.evaluate(() => document.activeElement?.closest('.thread-row')?.textContent ?? '');
  await expect.poll(focused).toContain(text);
};
const loadedOrders = (page: Page): Promise<number[]> =>
  page.locator('.bubble-text').evaluateAll((texts) =>
    texts.flatMap((text) => {
      const order = Number.parseInt(text.textContent ?? '', 10);
      return Number.isNaN(order) ? [] : [order];
    }),
  );

describe('search', () => {
  run('leads to a message in place, and the thread goes on both ways from there', async (page) => {
    await field(page).fill('1500: ');
    const match = page.locator('.match');
    await match.waitFor();
    await expect.poll(() => match.locator('mark').textContent()).toBe('1500:');
    const marked = await noteSeen(page, '.thread-row[data-found]');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await marked('1500:');
    await isAt(page, '1500:');
    const scroller = page.locator('.thread-scroller');
    const isInView = () =>
      scroller.evaluate((element) => {
        const row = document.activeElement!.getBoundingClientRect();
        const view = element.getBoundingClientRect();
        return row.top > view.top && row.bottom < view.bottom;
      });
    await expect.poll(isInView).toBe(true);

    for (const side of ['newer', 'older'] as const) {
      await expect
        .poll(
          async () => {
            await scroller.evaluate((element, to) => {
              element.scrollTop += to === 'newer' ? 700 : -700;
            }, side);
            const orders = await loadedOrders(page);
            return side === 'newer' ? Math.max(...orders) > 1600 : Math.min(...orders) < 1400;
          },
          { interval: 30 },
        )
        .toBe(true);
      const orders = await loadedOrders(page);
      expect(orders).toEqual(Array.from({ length: orders.length }, (_, at) => orders[0]! + at));
    }

    await page.getByRole('button', { name: 'Go to the latest message' }).click();
    await page.locator('.bubble-text', { hasText: 'The newest message of one hundred thousand' }).waitFor();
  });

  it('says how far it covers what there is, and pauses fetching the rest', () =>
    inScene({ name: 'search-coverage', scene: 'restoring' }, async (page) => {
      await page.locator('a.list-row').first().waitFor();
      await expect.poll(() => page.getByText('of about').count()).toBe(0);
      await field(page).fill('the');
      await page.getByText('Searching 12,340 of about 20,112 messages.').waitFor();
      const progress = page.getByRole('progressbar', { name: 'Searching 12,340 of about 20,112 messages.' });
      expect(await progress.evaluate((bar: HTMLProgressElement) => bar.position)).toBeCloseTo(
        15_000 / 24_450,
      );
      await page.getByRole('button', { name: 'Pause fetching older messages' }).focus();
      await page.keyboard.press('Enter');
      const goOn = page.getByRole('button', { name: 'Go on fetching older messages' });
      await expect.poll(() => goOn.evaluate((button) => button === document.activeElement)).toBe(true);
      await page.getByRole('status').getByText('Fetching older messages is paused.').waitFor();
      await page.keyboard.press('Space');
      await page.getByRole('button', { name: 'Pause fetching older messages' }).waitFor();
      await page.evaluate(() =>
        window.sottoFixture.setHistory({
          messagesHere: 20_100,
          messagesInAll: 20_100,
          entriesHere: 24_450,
          entriesInAll: 24_450,
          state: 'complete',
        }),
      );
      await page.getByText('of about').waitFor({ state: 'detached' });
    }));

  run('shows one’s own message at the end, from the middle of a thread', async (page) => {
    await field(page).fill('1500: ');
    await page.locator('.match').click();
    // Before that, it would take the focus from what is written.
    await isAt(page, '1500:');
    await page.locator('#composer').fill('From the middle');
    await page.keyboard.press('Enter');
    await page.locator('.bubble-text', { hasText: 'From the middle' }).waitFor();
    await page.locator('.bubble-text', { hasText: 'The newest message of one hundred thousand' }).waitFor();
  });

  run('of one chat stays open from match to match', async (page) => {
    await page.locator('a.list-row', { hasText: 'long' }).click();
    await page.getByRole('button', { name: 'Search in this chat' }).click();
    await page.getByRole('searchbox', { name: 'Search the chat with long' }).fill('150');
    const matches = page.locator('.threadSearch .match');
    await matches.nth(1).waitFor();
    for (const at of [1, 0]) {
      const text = (await matches.nth(at).locator('.match-text').textContent()) ?? '';
      await matches.nth(at).click();
      await isAt(page, text.slice(0, 5));
    }
    // Wherever the focus is: the search ends, and the chat stays.
    await page.keyboard.press('Escape');
    await page.getByRole('searchbox', { name: 'Search the chat with long' }).waitFor({ state: 'detached' });
    await page.locator('.thread-row').nth(3).waitFor();
  });

  run('walks by arrow keys through chats and messages, and back to the field', async (page) => {
    await field(page).fill('jonas');
    await page.getByRole('heading', { name: 'Chats', level: 2 }).waitFor();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toContain('list-row');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => field(page).evaluate((input) => input === document.activeElement)).toBe(true);
    await field(page).fill('zzzzz');
    await page.getByText('Nothing found for “zzzzz”.').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('a.list-row', { hasText: 'jonas' }).waitFor();
  });
});

describe('export', () => {
  const open = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Account @maren' }).click();
    await page.getByRole('menuitem', { name: 'Export everything' }).click();
    await page.getByText('Anyone who has it can read all of it').waitFor();
  };
  run('saves one file, with progress', async (page) => {
    await open(page);
    await page.evaluate(() => window.sottoFixture.holdExport(true));
    await page.getByRole('button', { name: 'Make the file' }).click();
    await page.getByRole('progressbar').waitFor();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.evaluate(() => window.sottoFixture.holdExport(false)),
    ]);
    expect(file.suggestedFilename()).toMatch(/^sotto-maren-\d{4}-\d\d-\d\d\.zip$/);
    await page.getByText('The file is ready').waitFor();
  });
  run('stops when it is cancelled', async (page) => {
    await open(page);
    await page.evaluate(() => window.sottoFixture.holdExport(true));
    await page.getByRole('button', { name: 'Make the file' }).click();
    await page.getByRole('progressbar').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.evaluate(() => window.sottoFixture.holdExport(false));
    await expect.poll(() => page.evaluate(() => window.sottoFixture.calls.includes('endExport'))).toBe(true);
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  });
});
