import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { launchChromium, launchSleepyChromium, type SleepyBrowser } from '@sotto/testkit/chromium';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildPage } from '../../testing/buildPage.ts';
import { type ServerProcess, startServerProcess } from '../../testing/serverProcess.ts';
import type { CallChoice } from './callSession.ts';
import { fakeDevices, grantsAll, usualFlags } from './testing/callPages.ts';
import type {} from './testing/engineCallsPage.ts';
import type { Side } from './testing/standInCall.ts';
import { poll, sides, WatchedPages } from './testing/watchedPages.ts';

const flags = [...usualFlags, ...fakeDevices, ...grantsAll];
let browser: Browser;
let server: ServerProcess;
let webFolder: string;
let made = 0;
const contexts: BrowserContext[] = [];
const sleepers: SleepyBrowser[] = [];
const pages = new WatchedPages();

beforeAll(async () => {
  webFolder = mkdtempSync(join(tmpdir(), 'sotto-web-'));
  for (const [path, content] of await buildPage(new URL('./testing/engineCallsPage.ts', import.meta.url))) {
    mkdirSync(dirname(join(webFolder, path)), { recursive: true });
    writeFileSync(join(webFolder, path), content);
  }
  server = await startServerProcess({
    SOTTO_WEB: webFolder,
    SOTTO_CALLS_PORT: '0',
    SOTTO_CALLS_HOST: '127.0.0.1',
  });
  browser = await launchChromium({ flags });
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
  rmSync(webFolder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const page of pages.watched()) expect(await page.evaluate(() => violations)).toEqual([]);
  for (const context of contexts.splice(0)) await context.close();
  for (const sleeper of sleepers.splice(0)) await sleeper.close();
});

/** Two accounts that have written to each other, in browsers of their own. */
async function open(ofAnswerer = browser): Promise<void> {
  made += 1;
  for (const side of sides) {
    const context = await (side === 'answerer' ? ofAnswerer : browser).newContext();
    contexts.push(context);
    const page = await context.newPage();
    pages.watchPage(side, page);
    await page.goto(server.address);
    await page.evaluate(async (username) => {
      const sotto = await callingSotto;
      await untilView(sotto, { kind: 'session' }, ({ kind }) => kind !== 'starting');
      await sotto.register({ username, password: 'five words are quite enough' });
      await untilView(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
    }, nameOf(side));
  }
  await begins();
  await writesBack();
}

const nameOf = (side: Side): string => `${side}${made}`;

const begins = (): Promise<void> =>
  pages.page('caller').evaluate(async (peer) => {
    const sotto = await callingSotto;
    const found = await sotto.findAccount(peer);
    if (found.kind === 'problem') throw new Error(found.problem.kind);
    const conversation = await sotto.openDirectConversation(found.value.accountId);
    if (conversation.kind === 'problem') throw new Error(conversation.problem.kind);
    await sotto.sendText(conversation.value, 'are you there');
  }, nameOf('answerer'));
/** In the conversation that the other side began, once it is here; and that has come back. */
async function writesBack(): Promise<void> {
  await pages.page('answerer').evaluate(async (peer) => {
    const sotto = await callingSotto;
    const all = await untilView(sotto, { kind: 'conversations' }, (all) =>
      all.some((one) => one.peer?.username === peer && one.lastMessage?.body.kind === 'text'),
    );
    const conversation = all.find((one) => one.peer?.username === peer)!;
    await sotto.sendText(conversation.conversationId, 'i am');
  }, nameOf('caller'));
  await pages.page('caller').evaluate(async () => {
    await untilView(await callingSotto, { kind: 'conversations' }, (all) =>
      all.some(({ lastMessage }) => lastMessage?.mine === false && lastMessage.body.kind === 'text'),
    );
  });
}

const start = (side: Side, choice: CallChoice): Promise<void> =>
  pages.page(side).evaluate(async (choice) => {
    const [conversation] = await untilView(
      await callingSotto,
      { kind: 'conversations' },
      (all) => all.length > 0,
    );
    follow(calls.start(conversation!.conversationId, choice));
  }, choice);
/** Once it rings there. */
const pickUp = (page: Page, choice: CallChoice): Promise<void> =>
  page.evaluate(async (choice) => {
    const ringing = await untilView(await callingSotto, { kind: 'calls' }, (all) =>
      all.some(({ isIncoming, phase }) => isIncoming && phase === 'ringing'),
    );
    follow(calls.answer(ringing[0]!.callId, choice));
  }, choice);

async function talk(choice: CallChoice): Promise<void> {
  for (const side of sides) {
    await pages.shows(side, { phase: { kind: 'connected' } });
    await pages.hears(side);
    if (choice.video) await pages.sees(side, 'camera');
  }
}

describe('a call over the engine', () => {
  it('is heard and seen, and both read the same code', async () => {
    await open();
    await start('caller', { video: true });
    await pickUp(pages.page('answerer'), { video: true });
    await talk({ video: true });
    await pages.shows('caller', { code: expect.stringMatching(/^\d{6}$/) });
    const { code } = await pages.state('caller');
    await pages.shows('answerer', { code, route: { kind: 'direct' }, problems: [] });
    await pages.page('answerer').evaluate(() => session.end());
    await pages.ends('caller', 'hungUpByOther');
    for (const side of sides) await pages.letGo(side);
  });

  it('is one where both call each other at once', async () => {
    await open();
    await Promise.all(sides.map((side) => start(side, { video: false })));
    await talk({ video: false });
    await pages.shows('caller', { code: expect.stringMatching(/^\d{6}$/) });
    const { callId, code } = await pages.state('caller');
    await pages.shows('answerer', { callId, code });
    await pages.page('caller').evaluate(() => session.end());
    await pages.ends('answerer', 'hungUpByOther');
    for (const side of sides) await pages.letGo(side);
  });

  it('through the relay goes on after the server was killed and started again', async () => {
    await open();
    await pages.page('caller').evaluate(async () => (await callingSotto).setAlwaysRelay(true));
    await start('caller', { video: true });
    await pickUp(pages.page('answerer'), { video: true });
    await talk({ video: true });
    for (const side of sides) await pages.shows(side, { route: { kind: 'relayed' } });
    await server.kill();
    await server.start();
    for (const side of sides) {
      await expect.poll(() => pages.page(side).evaluate(() => phases), poll).toContain('reconnecting');
    }
    await talk({ video: true });
    await pages.page('caller').evaluate(() => session.end());
    await pages.ends('answerer', 'hungUpByOther');
  });

  it('goes on where one of its machines slept for a moment, and is over on both where it slept for long', async () => {
    const sleepy = await launchSleepyChromium({ flags });
    sleepers.push(sleepy);
    await open(sleepy.browser);
    await start('caller', { video: false });
    await pickUp(pages.page('answerer'), { video: false });
    await talk({ video: false });
    sleepy.sleep();
    await pages.shows('caller', { phase: { kind: 'reconnecting' } });
    sleepy.wake();
    await talk({ video: false });
    sleepy.sleep();
    await pages.ends('caller', 'connectionLost');
    sleepy.wake();
    await pages.shows('answerer', { phase: { kind: 'ended' } });
    for (const side of sides) await pages.letGo(side);
  });

  it('ends on both sides when one of its devices is removed, which lets go of camera and microphone', async () => {
    await open();
    const context = await browser.newContext();
    contexts.push(context);
    const otherDevice = await context.newPage();
    await otherDevice.goto(server.address);
    await otherDevice.evaluate(async (username) => {
      const sotto = await callingSotto;
      await untilView(sotto, { kind: 'session' }, ({ kind }) => kind !== 'starting');
      await sotto.signIn({ username, password: 'five words are quite enough' });
      await untilView(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
    }, nameOf('answerer'));
    await start('caller', { video: true });
    await pickUp(pages.page('answerer'), { video: true });
    await talk({ video: true });
    const session = await pages
      .page('answerer')
      .evaluate(async () => untilView(await callingSotto, { kind: 'session' }, () => true));
    if (session.kind !== 'signedIn') throw new Error('not signed in');
    const removed = await otherDevice.evaluate(async (deviceId) => {
      const secret = { kind: 'password', password: 'five words are quite enough' } as const;
      return (await callingSotto).removeDevice({ deviceId, secret });
    }, session.deviceId);
    expect(removed).toMatchObject({ kind: 'ok' });
    await pages.ends('caller', 'removed');
    for (const side of sides) await pages.letGo(side);
  });
});
