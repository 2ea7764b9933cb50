/**
 * How fast the thread is, in Chromium over the fixture: frames while a thread of 100,000 mixed messages is scrolled, the time
 * from a press on a chat to its messages, and from a key to the emoji that are found. For the benchmark.
 */
import type { Browser, Page } from 'playwright-core';
import { serveFixture } from './serveFixture.ts';

export interface ThreadSpeed {
  /** Milliseconds between frames while scrolling, in the order in which they came. */
  readonly frameMs: readonly number[];
  /** Messages that were scrolled past. */
  readonly passedCount: number;
  /** Milliseconds to the first frame that shows the newest message. */
  readonly openingMs: readonly number[];
  /** Milliseconds to the first frame after the found emoji are in the page. */
  readonly emojiSearchMs: readonly number[];
}

const viewport = { width: 1280, height: 800 };
/** About as fast as a quick turn of a wheel. */
const pixelsPerFrame = 60;

export async function measureThread(
  browser: Browser,
  counts: { readonly frames: number; readonly openings: number },
): Promise<ThreadSpeed> {
  const fixture = await serveFixture();
  const context = await browser.newContext({ viewport });
  try {
    const page = await context.newPage();
    await page.goto(fixture.address('mixed'));
    await page.locator('a.list-row', { hasText: 'mixed' }).waitFor();
    const openingMs = await measureOpenings(page, counts.openings);
    await page.locator('a.list-row', { hasText: 'mixed' }).click();
    await page.locator('.bubble', { hasText: 'The newest message of the mixed ones' }).waitFor();
    const scrolled = await measureFrames(page, counts.frames);
    const emojiSearchMs = await measureEmojiSearch(page);
    return { ...scrolled, openingMs, emojiSearchMs };
  } finally {
    await context.close();
    await fixture.close();
  }
}

/** Opens two chats in turn; the first time each is not counted. */
async function measureOpenings(page: Page, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < count + 2; turn += 1) {
    const [name, text] =
      turn % 2 === 0
        ? ['mixed', 'The newest message of the mixed ones']
        : ['long', 'The newest message of one hundred thousand'];
    const takenMs = await page.evaluate(
      ([title, newest]) =>
        new Promise<number>((resolve) => {
          const rows = [...document.querySelectorAll<HTMLElement>('a.list-row')];
          const row = rows.find(({ textContent }) => textContent.includes(title!));
          const startMs = performance.now();
          const look = (): void => {
            const isShown = [...document.querySelectorAll('.bubble-text')].some(({ textContent }) =>
              textContent.includes(newest!),
            );
            // The frame with it has been drawn when the next one begins.
            if (isShown) requestAnimationFrame(() => resolve(performance.now() - startMs));
            else requestAnimationFrame(look);
          };
          row?.click();
          look();
        }),
      [name, text],
    );
    if (turn >= 2) times.push(takenMs);
  }
  return times;
}

function measureFrames(page: Page, count: number): Promise<Pick<ThreadSpeed, 'frameMs' | 'passedCount'>> {
  return page.evaluate(
    ([frames, pixels]) =>
      new Promise<{ frameMs: number[]; passedCount: number }>((resolve) => {
        const scroller = document.querySelector<HTMLElement>('.thread-scroller')!;
        const frameMs: number[] = [];
        const passed = new Set<string>();
        let lastMs = performance.now();
        const step = (nowMs: number): void => {
          frameMs.push(nowMs - lastMs);
          lastMs = nowMs;
          for (const row of scroller.querySelectorAll<HTMLElement>('[data-message]'))
            passed.add(row.dataset.message ?? '');
          if (frameMs.length > frames!) {
            resolve({ frameMs: frameMs.slice(1), passedCount: passed.size });
            return;
          }
          scroller.scrollTop -= pixels!;
          requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
    [count, pixelsPerFrame],
  );
}

async function measureEmojiSearch(page: Page): Promise<number[]> {
  await page.getByRole('button', { name: 'Choose an emoji' }).click();
  await page.getByRole('option').first().waitFor();
  return page.evaluate(async () => {
    const field = document.querySelector<HTMLInputElement>('.emojiPicker input[type="search"]')!;
    const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!;
    const times: number[] = [];
    for (const text of ['h', 'he', 'heart', 'smile', 'cat', 'flag', 'red', 'o', 'thumbs up', 'ship']) {
      const startMs = performance.now();
      setValue.call(field, text);
      field.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      times.push(performance.now() - startMs);
    }
    return times;
  });
}
