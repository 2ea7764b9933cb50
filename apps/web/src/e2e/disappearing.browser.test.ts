/** Messages that disappear after five seconds, in real time: the built app, the real server, two people and all their windows. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

const product = serveProduct();
const lifetimeMs = 5000;
/** What a busy machine takes to draw what has happened. */
const graceMs = 1000;
let made = 0;

/** Two people in the chat that they have with each other. */
async function pair(): Promise<[Person, Person]> {
  made += 1;
  const ann = await product.open(`ann${made}`);
  const ben = await product.open(`ben${made}`);
  await ann.createAccount();
  await ben.createAccount();
  await ann.find(ben.name);
  await ann.write('This one stays');
  await ben.chat(ann.name).click();
  await ben.bubble('This one stays').waitFor();
  return [ann, ben];
}

async function setFiveSeconds({ page }: Person): Promise<void> {
  await page.locator('.details').getByRole('button', { name: 'Set a timer' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('5 seconds').check();
  await dialog.getByRole('button', { name: 'Set timer' }).click();
  await dialog.waitFor({ state: 'detached' });
}

const notice = (page: Page, sentence: string) => page.locator('.notice', { hasText: sentence });
const said = (page: Page): Promise<string> => page.evaluate(() => document.documentElement.outerHTML);

interface Seen {
  hasBegun: boolean;
  /** How long it stood on the page after its time had begun there. */
  shownMs: number;
  /** Its time began on the page, and it is not there any more. */
  isGone: boolean;
}

/** Notes in the page while a text is on it, and while its time runs: what the test itself asks takes too long to tell. */
async function follow(page: Page, text: string): Promise<() => Promise<Seen>> {
  const name = `seen ${text}`;
  await page.evaluate(
    ([key, wanted]) => {
      const seen = { begunMs: 0, lastMs: 0 };
      Object.assign(window, { [key]: seen });
      setInterval(() => {
        if (!document.body.textContent.includes(wanted)) return;
        seen.lastMs = Date.now();
        const bubbles = [...document.querySelectorAll('.bubble')];
        const runs = bubbles.some(
          (bubble) => bubble.textContent.includes(wanted) && bubble.querySelector('[role="timer"]') !== null,
        );
        if (runs) seen.begunMs ||= seen.lastMs;
      }, 20);
    },
    [name, text] as const,
  );
  return () =>
    page.evaluate((key) => {
      const { begunMs, lastMs } = (window as unknown as Record<string, { begunMs: number; lastMs: number }>)[
        key
      ]!;
      const isGone = begunMs > 0 && Date.now() - lastMs > 200;
      return { hasBegun: begunMs > 0, shownMs: lastMs - begunMs, isGone };
    }, name);
}

const patience = { timeout: 30_000 };

it('are gone on both sides and in every tab, in time', async () => {
  const [ann, ben] = await pair();
  await setFiveSeconds(ann);
  await notice(ann.page, 'You set messages to disappear after 5 seconds.').waitFor();
  await notice(ben.page, `${ann.name} set messages to disappear after 5 seconds.`).waitFor();
  await ben.page.locator('.composer-timer', { hasText: '5 s' }).waitFor();
  const tab = await ben.context.newPage();
  await tab.goto(ben.page.url());
  await tab.locator('.bubble', { hasText: 'This one stays' }).waitFor();

  const text = 'the locker opens with 8801';
  const followed = await Promise.all([ann.page, ben.page, tab].map((page) => follow(page, text)));
  await ann.composer.fill(text);
  await ann.composer.press('Enter');
  for (const seen of followed) {
    await expect.poll(seen, patience).toMatchObject({ isGone: true });
    const { shownMs } = await seen();
    expect(shownMs).toBeGreaterThan(lifetimeMs / 2);
    expect(shownMs).toBeLessThanOrEqual(lifetimeMs + graceMs);
  }
  for (const page of [ann.page, ben.page, tab]) {
    expect(await said(page)).not.toContain('8801');
    await page.locator('.bubble', { hasText: 'This one stays' }).waitFor();
  }
});

it('run on over a reload, and are not shown by a browser that was closed meanwhile', async () => {
  const [ann, ben] = await pair();
  await setFiveSeconds(ann);
  await ben.page.locator('.composer-timer', { hasText: '5 s' }).waitFor();

  // Ann's own copy runs from when she sent it: a reload in its middle does not begin it anew.
  const written = 'meet at the third bench';
  await ann.write(written);
  await ann.bubble(written).getByRole('timer').waitFor();
  const begunMs = Date.now();
  await ann.page.addInitScript((text) => {
    setInterval(() => {
      if (document.body?.textContent.includes(text)) Object.assign(window, { lastShownMs: Date.now() });
    }, 20);
  }, written);
  const passed = (): number => Date.now() - begunMs;
  await expect.poll(passed, { interval: 50 }).toBeGreaterThan(2000);
  await ann.page.reload();
  await ann.bubble('This one stays').waitFor();
  await expect.poll(passed, { interval: 100 }).toBeGreaterThan(lifetimeMs + graceMs);
  const lastShownMs = await ann.page.evaluate(() => (window as { lastShownMs?: number }).lastShownMs ?? 0);
  expect(lastShownMs - begunMs).toBeLessThanOrEqual(lifetimeMs + graceMs);
  expect(await said(ann.page)).not.toContain(written);
  await ann.page.reload();
  await ann.bubble('This one stays').waitFor();
  expect(await said(ann.page)).not.toContain(written);

  // Ben has seen another, and is away when its time is over.
  const closed = 'burn after reading 7734';
  const seen = await follow(ben.page, closed);
  await ann.write(closed);
  await expect.poll(seen, { interval: 50 }).toMatchObject({ hasBegun: true });
  const seenMs = Date.now();
  const address = ben.page.url();
  await ben.page.close();
  await expect
    .poll(() => Date.now() - seenMs, { interval: 100, timeout: 10_000 })
    .toBeGreaterThan(lifetimeMs);
  ben.page = await ben.context.newPage();
  await ben.page.addInitScript((text) => {
    setInterval(() => {
      if (document.body?.textContent.includes(text)) Object.assign(window, { wasShown: true });
    }, 10);
  }, closed);
  await ben.page.goto(address);
  await ben.bubble('This one stays').waitFor();
  await ben.page.locator('.composer-timer').waitFor();
  expect(await ben.page.evaluate(() => 'wasShown' in window)).toBe(false);
  expect(await said(ben.page)).not.toContain(closed);
  // Nor does what the browser stores: every file of this origin, as it lies there.
  expect(await storedContains(ben.page, 'This one stays')).toBe(true);
  await expect.poll(() => storedContains(ben.page, closed), patience).toBe(false);
});

/** Whether the bytes of anything that this origin keeps in its file system have the text in them. */
function storedContains(page: Page, text: string): Promise<boolean> {
  return page.evaluate(async (wanted) => {
    const needle = new TextEncoder().encode(wanted);
    const has = (bytes: Uint8Array): boolean => {
      for (let at = bytes.indexOf(needle[0]!); at >= 0; at = bytes.indexOf(needle[0]!, at + 1)) {
        if (needle.every((byte, offset) => bytes[at + offset] === byte)) return true;
      }
      return false;
    };
    const look = async (folder: FileSystemDirectoryHandle): Promise<boolean> => {
      for await (const entry of folder.values()) {
        if (entry instanceof FileSystemDirectoryHandle) {
          if (await look(entry)) return true;
        } else if (entry instanceof FileSystemFileHandle) {
          const file = await entry.getFile();
          if (has(new Uint8Array(await file.arrayBuffer()))) return true;
        }
      }
      return false;
    };
    return look(await navigator.storage.getDirectory());
  }, text);
}
