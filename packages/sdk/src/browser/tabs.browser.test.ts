import type { ConversationId } from '@sotto/protocol';
import { launchChromium } from '@sotto/testkit/chromium';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ServedBuild, serveBuild } from '../testing/serveBuild.ts';
import { unanswered } from './tabsFixture.ts';
import type {} from './tabsFixturePage.ts';

const conversationId = 'ab'.repeat(16) as ConversationId;
const insecureHost = 'sotto.test';

let served: ServedBuild;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  served = await serveBuild(new URL('./tabsFixturePage.ts', import.meta.url));
  browser = await launchChromium({ flags: [`--host-resolver-rules=MAP ${insecureHost} 127.0.0.1`] });
});
afterAll(async () => {
  await browser.close();
  await served.close();
});
beforeEach(async () => {
  context = await browser.newContext();
});
afterEach(() => context.close());

/** A tab that watches the notebook; `texts` there is what it was told last. */
async function openPage(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${served.port}/`);
  await watch(page);
  return page;
}

async function watch(page: Page): Promise<void> {
  await page.evaluate(async (conversationId) => {
    const sotto = await globalThis.sotto;
    const known = new Map<string, string>();
    globalThis.texts = [];
    sotto.watch({ kind: 'messages', conversationId }, ({ changed }) => {
      for (const { messageId, body } of changed) known.set(messageId, body.kind === 'text' ? body.text : '');
      globalThis.texts = [...known.values()];
    });
  }, conversationId);
}

const send = (page: Page, text: string) =>
  page.evaluate(async ([conversationId, text]) => (await globalThis.sotto).sendText(conversationId, text), [
    conversationId,
    text,
  ] as const);
const shows = (page: Page, ...texts: string[]) =>
  page.waitForFunction((texts) => JSON.stringify(globalThis.texts) === texts, JSON.stringify(texts));
const read = (page: Page) =>
  page.evaluate(async (conversationId) => {
    const { messages } = await (await globalThis.sotto).readMessages({ conversationId, limit: 100 });
    return messages.map(({ body }) => (body.kind === 'text' ? body.text : ''));
  }, conversationId);

describe('tabs of one browser', () => {
  it('share one engine, and go on when the tab that has it closes', async () => {
    const first = await openPage();
    const second = await openPage();
    await send(first, 'from the first');
    await send(second, 'from the second');
    await shows(first, 'from the first', 'from the second');
    await shows(second, 'from the first', 'from the second');

    await first.close();
    expect(await send(second, 'after it closed')).toMatchObject({ kind: 'ok' });
    await shows(second, 'from the first', 'from the second', 'after it closed');
    expect(await second.evaluate(() => globalThis.violations)).toEqual([]);
  });

  it('neither lose nor double a text whose answer was lost with the tab that had the engine', async () => {
    const first = await openPage();
    await send(first, 'before');
    const second = await openPage();
    const sent = send(second, unanswered);
    await shows(first, 'before', unanswered);
    await first.close();
    expect(await sent).toMatchObject({ kind: 'ok' });
    expect(await read(second)).toEqual(['before', unanswered]);
  });

  it('keep their state over a reload', async () => {
    const page = await openPage();
    await send(page, 'kept');
    await page.reload();
    await watch(page);
    await shows(page, 'kept');
    await send(page, 'and more');
    await shows(page, 'kept', 'and more');
  });

  it('go on when the process of the tab that has the engine is killed', async () => {
    const first = await openPage();
    await send(first, 'before');
    const second = await openPage();
    await shows(second, 'before');
    const crashed = new Promise((resolve) => first.once('crash', resolve));
    void first.goto('chrome://crash').catch(() => {});
    await crashed;
    await send(second, 'after');
    await shows(second, 'before', 'after');
  });

  it('say that they cannot run outside of a secure context', async () => {
    const page = await context.newPage();
    await page.goto(`http://${insecureHost}:${served.port}/`);
    const session = await page.evaluate(async () => {
      const sotto = await globalThis.sotto;
      return new Promise((resolve) => sotto.watch({ kind: 'session' }, resolve));
    });
    expect(session).toEqual({ kind: 'stopped', reason: 'insecureContext' });
  });
});
