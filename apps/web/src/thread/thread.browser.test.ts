/** The thread in Chromium: a hundred thousand messages, staying at the bottom, older pages without a jump. */

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Layout } from '../testing/openPage.ts';
import { serveScenes } from '../testing/serveScenes.ts';

const inScene = serveScenes();

const newest = 'The newest message of one hundred thousand';

async function openLong(page: Page): Promise<void> {
  await page.locator('a.list-row', { hasText: 'long' }).click();
  await page.getByText(newest).and(page.locator('.bubble-text')).waitFor();
}

function distanceFromEnd(page: Page): Promise<number> {
  return page.locator('.thread-scroller').evaluate((element) => {
    return element.scrollHeight - element.scrollTop - element.clientHeight;
  });
}

/** Positions of the rows in view, by message. */
function rowTops(page: Page): Promise<Record<string, number>> {
  return page.locator('.thread-scroller').evaluate((element) => {
    const view = element.getBoundingClientRect();
    const tops: Record<string, number> = {};
    for (const row of element.querySelectorAll<HTMLElement>('[data-message]')) {
      const { top, bottom } = row.getBoundingClientRect();
      if (bottom > view.top + 40 && top < view.bottom) tops[row.dataset.message ?? ''] = top;
    }
    return tops;
  });
}

function settled(page: Page): Promise<void> {
  return page.evaluate(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  );
}

const pagesInFlight = (page: Page): Promise<number> =>
  page.evaluate(() => window.sottoFixture.pagesInFlight());

const rowsHeight = (page: Page): Promise<number> =>
  page.locator('.thread-rows').evaluate((rows) => rows.clientHeight);

describe.each<Layout>(['desktop', 'phone'])('a thread of 100,000 messages on a %s', (layout) => {
  const run = (name: string, test: (page: Page) => Promise<void>): void => {
    it(name, () =>
      inScene({ layout, name: `thread-${layout}`, scene: 'chats' }, async (page) => {
        await openLong(page);
        await test(page);
      }),
    );
  };

  run('opens at the end with few rows in the page', async (page) => {
    await expect.poll(() => distanceFromEnd(page)).toBeLessThanOrEqual(1);
    await expect.poll(() => page.locator('[data-message]').count()).toBeLessThan(70);
  });

  run('keeps what is in view in place while ten older pages arrive', async (page) => {
    for (let step = 0; step < 10; step += 1) {
      await expect.poll(() => pagesInFlight(page)).toBe(0);
      await settled(page);
      const height = await rowsHeight(page);
      await page.evaluate(() => window.sottoFixture.holdPages(true));
      await page.locator('.thread-scroller').evaluate((element) => {
        element.scrollTop = 300;
      });
      await expect.poll(() => pagesInFlight(page)).toBe(1);
      await settled(page);
      const tops = await rowTops(page);
      expect(Object.keys(tops).length).toBeGreaterThan(2);
      await page.evaluate(() => window.sottoFixture.holdPages(false));
      await expect.poll(() => rowsHeight(page)).toBeGreaterThan(height + 1000);
      await settled(page);
      const after = await rowTops(page);
      const moved = Object.entries(tops).map(([id, top]) => Math.round((after[id] ?? Number.NaN) - top));
      expect(moved).toEqual(moved.map(() => 0));
    }
  });

  run('stays at the end when messages arrive there, and not when one reads further up', async (page) => {
    await page.evaluate(() => window.sottoFixture.receive('long', 'First new one'));
    await page.locator('.bubble-text', { hasText: 'First new one' }).waitFor();
    await expect.poll(() => distanceFromEnd(page)).toBeLessThanOrEqual(1);

    await page.locator('.thread-scroller').evaluate((element) => {
      element.scrollTop -= 900;
    });
    await settled(page);
    const tops = await rowTops(page);
    await page.evaluate(() => {
      for (let count = 0; count < 3; count += 1) window.sottoFixture.receive('long', `While away ${count}`);
    });
    const button = page.getByRole('button', { name: 'Go to the latest message, 3 unread messages' });
    await button.waitFor();
    await settled(page);
    const after = await rowTops(page);
    for (const [id, top] of Object.entries(tops)) expect(after[id]).toBeCloseTo(top, 0);
    await button.click();
    await expect.poll(() => distanceFromEnd(page)).toBeLessThanOrEqual(1);
    await expect.poll(() => button.count()).toBe(0);
    await page.locator('.bubble-text', { hasText: 'While away 2' }).waitFor();
  });

  run('stays at the end while the composer grows', async (page) => {
    await page.locator('#composer').fill('one\ntwo\nthree\nfour\nfive\nsix');
    await expect.poll(() => distanceFromEnd(page)).toBeLessThanOrEqual(1);
    await page.getByText(newest).and(page.locator('.bubble-text')).waitFor();
  });

  run('shows one’s own message at once, from wherever one was', async (page) => {
    await page.locator('.thread-scroller').evaluate((element) => {
      element.scrollTop -= 2000;
    });
    await settled(page);
    await page.locator('#composer').fill('Sent from further up');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.bubble-text', { hasText: 'Sent from further up' }).waitFor();
    await expect.poll(() => distanceFromEnd(page)).toBeLessThanOrEqual(1);
  });

  run('shows one’s own message where the server has it before the page draws that it waits', async (page) => {
    await page.evaluate(() => window.sottoFixture.acceptAtOnce());
    await page.locator('.thread-scroller').evaluate((element) => {
      element.scrollTop -= 2000;
    });
    await settled(page);
    await page.locator('#composer').fill('Sent and taken');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.bubble-text', { hasText: 'Sent and taken' }).waitFor();
    await expect.poll(() => distanceFromEnd(page)).toBeLessThanOrEqual(1);
  });
});

describe('a thread', () => {
  const run = (name: string, test: (page: Page) => Promise<void>): void => {
    it(name, () => inScene({ name: 'thread', scene: 'chats' }, test));
  };
  const open = (page: Page, name: string): Promise<void> =>
    page.locator('a.list-row', { hasText: name }).click();

  run('marks what was in view as read and keeps the divider where reading began', async (page) => {
    await open(page, 'jonas');
    await page.getByText('New messages').waitFor();
    await expect
      .poll(() =>
        page.evaluate(() => window.sottoFixture.calls.findLast((call) => call.startsWith('markRead'))),
      )
      .toBe('markRead 10');
    await page.locator('a.list-row', { hasText: 'jonas' }).locator('.badge').waitFor({ state: 'detached' });
    await page.getByText('New messages').waitFor();
  });

  it('marks nothing as read that was below the view, however much higher rows are than was thought', () =>
    inScene({ layout: 'phone', name: 'thread-tall', scene: 'chats' }, async (page) => {
      const count = 12;
      await page.evaluate((count) => {
        // Of narrow lines, on a narrow screen.
        const text = 'A few words that take a line. '.repeat(12);
        for (let number = 1; number <= count; number += 1)
          window.sottoFixture.receive('quiet', `No. ${number}. ${text}`);
      }, count);
      const badge = page.locator('a.list-row', { hasText: 'quiet' }).locator('.badge > [aria-hidden]');
      await expect.poll(() => badge.textContent()).toBe(String(count));
      await open(page, 'quiet');
      const read = () =>
        page.evaluate(() => window.sottoFixture.calls.filter((call) => call.startsWith('markRead')));
      const inView = async () => Object.keys(await rowTops(page)).length;
      await expect.poll(async () => (await read()).at(-1) === `markRead ${await inView()}`).toBe(true);
      const seen = await inView();
      expect(seen).toBeLessThan(count);
      await page.goBack();
      await expect.poll(() => badge.textContent()).toBe(String(count - seen));
    }));

  run('shows how far one’s message got', async (page) => {
    await open(page, 'ida.lund');
    await page.evaluate(() => window.sottoFixture.setConnection({ kind: 'offline', retryAtMs: null }));
    await page.locator('#composer').fill('On its way');
    await page.keyboard.press('Enter');
    const bubble = page.locator('.bubble', { hasText: 'On its way' });
    await bubble.getByRole('img', { name: 'Waiting to be sent' }).waitFor();
    await page.evaluate(() => window.sottoFixture.failWaiting('ida.lund'));
    await bubble.getByRole('img', { name: 'Not sent' }).waitFor();
    await page.evaluate(() => window.sottoFixture.setConnection({ kind: 'online' }));
    await page.getByRole('button', { name: 'Try again' }).click();
    await bubble.getByRole('img', { name: 'Sent', exact: true }).waitFor();
    await page.evaluate(() => window.sottoFixture.deliverAll('ida.lund'));
    await bubble.getByRole('img', { name: 'Delivered' }).waitFor();
    await page.evaluate(() => window.sottoFixture.readAll('ida.lund'));
    await bubble.getByRole('img', { name: 'Read' }).waitFor();
  });

  run('discards a message that failed', async (page) => {
    await open(page, 'emil');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.locator('.bubble', { hasText: 'once more from here' }).waitFor({ state: 'detached' });
  });

  run('shows text as text, whatever is in it', async (page) => {
    await open(page, 'quiet');
    const nasty = '<img src=x onerror=alert(1)> https://example.org/?a="><script>alert(2)</script> \u202Ertl';
    await page.evaluate((text) => window.sottoFixture.receive('quiet', text), nasty);
    await page.locator('.bubble-text', { hasText: '<img src=x' }).waitFor();
    await expect.poll(() => page.locator('.bubble-text img, .bubble-text script').count()).toBe(0);
    const link = page.locator('.bubble-text a');
    await expect.poll(() => link.getAttribute('href')).toBe('https://example.org/?a=');
    await expect.poll(() => link.getAttribute('rel')).toContain('noopener');
  });

  run('keeps a draft per conversation and says the limit of a text', async (page) => {
    await open(page, 'quiet');
    await page.locator('#composer').fill('Not finished');
    await open(page, 'jonas');
    await expect.poll(() => page.locator('#composer').inputValue()).toBe('');
    await page.locator('a.list-row', { hasText: 'quiet' }).getByText('Not finished').waitFor();
    await open(page, 'quiet');
    await expect.poll(() => page.locator('#composer').inputValue()).toBe('Not finished');
    await page.locator('#composer').fill('é'.repeat(33_000));
    await page.getByText('This message is too long').waitFor();
    await page.getByText('464 too many').waitFor();
    await page.keyboard.press('Enter');
    expect(
      await page.evaluate(() => window.sottoFixture.calls.some((call) => call.startsWith('sendText'))),
    ).toBe(false);
  });

  run('says in the title how much is unread', async (page) => {
    await expect.poll(() => page.title()).toBe('(130) Sotto');
    await open(page, 'jonas');
    await expect.poll(() => page.title()).toBe('(128) jonas · Sotto');
  });
});
