/**
 * How the app bears that very many messages of the open thread disappear, in Chromium with its worker and its database in
 * OPFS: frames of its page, and commands of another tab. For the benchmark.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { addDisappearingPage, disappearingPath } from '@sotto/sdk/disappearingInChromium';
import { registerAccount } from '@sotto/sdk/disappearingInNode';
import type { DisappearingTimes, DisappearingWork } from '@sotto/sdk/disappearingTimes';
import { startServerProcess } from '@sotto/sdk/serverProcess';
import { launchChromiumProfile } from '@sotto/testkit/chromium';
import type { BrowserContext, Page } from 'playwright-core';
import { Person } from '../e2e/person.ts';
import { buildApp } from './builds/buildApp.ts';

export interface AppDisappearing {
  readonly times: DisappearingTimes;
  /** Milliseconds between frames, from the first deadline to the last; and before, while nothing happens. */
  readonly frameMs: readonly number[];
  readonly restFrameMs: readonly number[];
}

const viewport = { width: 1280, height: 800 };
/** Until which what was deleted is out of the database's journal, too. */
const settledMs = 1_000;
const patienceMs = 60_000;
const betweenLooksMs = 100;

/** `profile`: the folder of the browser's, which holds the database afterwards. */
export async function measureDisappearing(profile: string, work: DisappearingWork): Promise<AppDisappearing> {
  const [app, folder] = await Promise.all([buildApp('product'), mkdtemp(path.join(tmpdir(), 'sotto-node-'))]);
  await addDisappearingPage(app);
  const server = await startServerProcess({ SOTTO_WEB: app });
  const context = await launchChromiumProfile(profile);
  try {
    context.setDefaultTimeout(patienceMs);
    await registerAccount(server.address, path.join(folder, 'ben'), 'ben');
    await beginConversation(context, server.address);
    const firstMs = await fill(context, server.address, work);
    return await disappear(context, server.address, work, firstMs);
  } finally {
    await context.close();
    await server.remove();
    await Promise.all([app, folder].map((one) => rm(one, { recursive: true, force: true })));
  }
}

async function beginConversation(context: BrowserContext, address: string): Promise<void> {
  const anna = new Person('anna', context, await context.newPage());
  await anna.page.goto(address);
  await anna.createAccount();
  await anna.find('ben');
  await anna.write('This stays.');
  await anna.tick('This stays.', 'Sent').waitFor();
  await anna.page.close();
}

async function fill(context: BrowserContext, address: string, work: DisappearingWork): Promise<number> {
  const page = await context.newPage();
  await page.goto(address + disappearingPath);
  const firstMs = await page.evaluate((work) => globalThis.disappearing.fill(work), work);
  await page.close();
  return firstMs;
}

async function disappear(
  context: BrowserContext,
  address: string,
  work: DisappearingWork,
  firstMs: number,
): Promise<AppDisappearing> {
  const page = await context.newPage();
  await page.setViewportSize(viewport);
  await page.goto(address);
  await page.locator('a.list-row', { hasText: 'ben' }).click();
  await page.locator('.bubble', { hasText: `${work.count - 1} about as long` }).waitFor();
  const other = await context.newPage();
  await other.goto(address + disappearingPath);
  await page.bringToFront();
  const [times, restFrameMs, frameMs] = await Promise.all([
    other.evaluate(([work, firstMs]) => globalThis.disappearing.measure(work, firstMs), [
      work,
      firstMs,
    ] as const),
    measureFrames(page, Date.now() + settledMs, firstMs - settledMs),
    measureFrames(page, firstMs, firstMs + work.spanMs),
  ]);
  await showFirst(page);
  await page.waitForTimeout(settledMs);
  return { times, frameMs, restFrameMs };
}

/** What was sent meanwhile is below it, by more than a window. */
async function showFirst(page: Page): Promise<void> {
  const first = page.locator('.bubble', { hasText: 'This stays.' });
  const endMs = Date.now() + patienceMs;
  while (!(await first.isVisible())) {
    if (Date.now() > endMs) throw new Error('What stays is not shown.');
    await page.locator('.thread-scroller').evaluate((list) => {
      list.scrollTop = 0;
    });
    await page.waitForTimeout(betweenLooksMs);
  }
}

function measureFrames(page: Page, fromMs: number, toMs: number): Promise<number[]> {
  return page.evaluate(
    ([from, to]) =>
      new Promise<number[]>((resolve) => {
        const frameMs: number[] = [];
        let lastMs: number | null = null;
        const step = (nowMs: number): void => {
          if (lastMs !== null && Date.now() >= from!) frameMs.push(nowMs - lastMs);
          lastMs = nowMs;
          if (Date.now() < to!) requestAnimationFrame(step);
          else resolve(frameMs);
        };
        requestAnimationFrame(step);
      }),
    [fromMs, toMs],
  );
}
