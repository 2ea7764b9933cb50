/** For tests: two pages of Chromium, as two browsers, with a stand-in for their engines between them. */
import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { launchChromium } from '@sotto/testkit/chromium';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type ServedBuild, serveBuild } from '../../../testing/serveBuild.ts';
import type { CallChoice } from '../callSession.ts';
import type {} from './callsFixturePage.ts';
import { type Side, StandInCall } from './standInCall.ts';
import { poll, sides, WatchedPages } from './watchedPages.ts';

export const usualFlags = [
  '--autoplay-policy=no-user-gesture-required',
  // Addresses on this machine as they are: names for them would have to be asked for in the local network.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
];
/** The second of three cameras shows depths, which is no picture. */
export const fakeDevices = ['--use-fake-device-for-media-stream=device-count=3'];
export const grantsAll = ['--use-fake-ui-for-media-stream'];

export interface CallBrowser {
  /** Two new pages and a new call. */
  open(): Promise<CallPages>;
  close(): Promise<void>;
}

export async function openCallBrowser(
  flags: readonly string[] = [...fakeDevices, ...grantsAll],
  { isAudible = false } = {},
): Promise<CallBrowser> {
  const served: ServedBuild = await serveBuild(new URL('./callsFixturePage.ts', import.meta.url));
  const browser = await launchChromium({ flags: [...usualFlags, ...flags], isAudible });
  const { hpke } = (await loadNodeProvider()).suite(suiteIds.x25519Aes128);
  return {
    async open() {
      const pages = new CallPages(browser, `http://127.0.0.1:${served.port}/`, new StandInCall(hpke));
      for (const side of sides) await pages.openPage(side);
      return pages;
    },
    async close() {
      await browser.close();
      await served.close();
    },
  };
}

export class CallPages extends WatchedPages {
  readonly call: StandInCall;
  readonly #browser: Browser;
  readonly #address: string;
  readonly #contexts: BrowserContext[] = [];
  constructor(browser: Browser, address: string, call: StandInCall) {
    super();
    this.#browser = browser;
    this.#address = address;
    this.call = call;
  }

  /** In a context of its own. */
  async openPage(side: Side): Promise<Page> {
    const context = await this.#browser.newContext();
    this.#contexts.push(context);
    const page = await context.newPage();
    this.watchPage(side, page);
    await page.exposeFunction('engine', (command: string, argument: unknown) =>
      this.#answer(page, side, command, argument),
    );
    await page.goto(this.#address);
    return page;
  }

  /** Closes both, and says against which rules of the page they went. */
  async close(): Promise<string[]> {
    const violations: string[] = [];
    for (const page of this.watched()) {
      if (!page.isClosed()) violations.push(...(await page.evaluate(() => globalThis.violations)));
    }
    for (const context of this.#contexts) await context.close();
    return violations;
  }

  async start(choice: CallChoice): Promise<void> {
    await this.page('caller').evaluate(
      (choice) => follow(calls.start('00'.repeat(16) as never, choice)),
      choice,
    );
  }
  async rings(): Promise<void> {
    await expect.poll(() => this.call.isRinging, poll).toBe(true);
  }
  async pickUp(choice: CallChoice): Promise<void> {
    await this.page('answerer').evaluate(([callId, choice]) => follow(calls.answer(callId, choice)), [
      this.call.callId,
      choice,
    ] as const);
  }
  async rejoin(side: Side, choice: CallChoice): Promise<void> {
    await this.page(side).evaluate(([callId, choice]) => follow(calls.rejoin(callId, choice)), [
      this.call.callId,
      choice,
    ] as const);
  }
  /** Both talk. */
  async connect(choice: CallChoice): Promise<void> {
    await this.start(choice);
    await this.rings();
    await this.pickUp(choice);
    for (const side of sides) await this.shows(side, { phase: { kind: 'connected' } });
  }

  /** What the stand-in makes of a command; problems are not among it. */
  async #answer(page: Page, side: Side, command: string, argument: unknown): Promise<unknown> {
    const { call } = this;
    const ok = (value: unknown): object => ({ kind: 'ok', value });
    switch (command) {
      case 'prepareCall':
      case 'rejoinCall':
        return ok(call.setup(side));
      case 'openCall':
        return ok({ ...call.setup(side), offer: call.offer });
      case 'startCall':
        call.start(argument as Parameters<StandInCall['start']>[0]);
        return ok(null);
      case 'answerCall':
        await call.answer(argument as Parameters<StandInCall['answer']>[0]);
        return ok(null);
      case 'resumeCall':
        await call.resume(side, argument as Parameters<StandInCall['resume']>[1]);
        return ok(null);
      case 'updateCall':
        call.update(side, argument as Parameters<StandInCall['update']>[1]);
        return ok(null);
      case 'readCallServers':
        return ok(call.servers);
      case 'endCall':
      case 'declineCall':
        call.end(side, command === 'declineCall' ? 'declined' : (argument as string));
        return ok(null);
      case 'watch':
        call.watch(side, (signals) => {
          // A page that is gone needs to hear nothing.
          void page.evaluate((signals) => signal(signals), signals).catch(() => {});
        });
        return ok(null);
      default:
        throw new Error(command);
    }
  }
}
