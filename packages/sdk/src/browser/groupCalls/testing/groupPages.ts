/** For tests: pages of Chromium in one group call, each a browser of its own, with a stand-in for their engines between them. */

import type { GroupCallControl, GroupCallMedia } from '@sotto/client/api';
import { loadNodeProvider } from '@sotto/primitives/node';
import { launchChromium } from '@sotto/testkit/chromium';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type ServedBuild, serveBuild } from '../../../testing/serveBuild.ts';
import { usualFlags } from '../../calls/testing/callPages.ts';
import { poll } from '../../calls/testing/watchedPages.ts';
import type {
  GroupCallChoice,
  GroupCallState,
  GroupParticipant,
  PictureSource,
} from '../groupCallSession.ts';
import type {} from './groupFixturePage.ts';
import { StandInGroup } from './standInGroup.ts';

/** Far apart, and of the same brightness. */
const colours = { ann: [200, 40, 40], ben: [40, 200, 40], cid: [40, 40, 200], dee: [200, 200, 40] } as const;
export type Name = keyof typeof colours;

export class GroupPages {
  readonly group: StandInGroup;
  readonly #browser: Browser;
  readonly #served: ServedBuild;
  readonly #pages = new Map<Name, Page>();
  #contexts: BrowserContext[] = [];

  private constructor(browser: Browser, served: ServedBuild, group: StandInGroup) {
    this.#browser = browser;
    this.#served = served;
    this.group = group;
  }

  static async launch(): Promise<{ browser: Browser; served: ServedBuild }> {
    const served = await serveBuild(new URL('./groupFixturePage.ts', import.meta.url));
    const browser = await launchChromium({ flags: [...usualFlags, '--use-fake-device-for-media-stream'] });
    return { browser, served };
  }

  static async open(launched: { browser: Browser; served: ServedBuild }): Promise<GroupPages> {
    const group = await StandInGroup.open(await loadNodeProvider());
    return new GroupPages(launched.browser, launched.served, group);
  }

  page(name: Name): Page {
    const page = this.#pages.get(name);
    if (page === undefined) throw new Error(name);
    return page;
  }

  async openPage(name: Name): Promise<Page> {
    const context = await this.#browser.newContext();
    this.#contexts.push(context);
    const page = await context.newPage();
    this.#pages.set(name, page);
    await page.exposeFunction('engine', (command: string, argument: unknown) =>
      this.#answer(name, command, argument),
    );
    await page.goto(`http://127.0.0.1:${this.#served.port}/`);
    return page;
  }

  /** A new page, in the call. */
  async join(name: Name, choice: GroupCallChoice = { video: true }): Promise<void> {
    const page = await this.openPage(name);
    await page.evaluate(
      ([callId, colour, choice]) => {
        dress(...colour);
        followGroup(groupCalls.join(callId, choice));
      },
      [this.group.callId, colours[name] as unknown as [number, number, number], choice] as const,
    );
    await this.shows(name, { phase: { kind: 'connected' } });
  }

  /** Closes all, and says against which rules of the page they went. */
  async close(): Promise<string[]> {
    const violations: string[] = [];
    for (const page of this.#pages.values())
      if (!page.isClosed()) violations.push(...(await page.evaluate(() => globalThis.violations)));
    for (const context of this.#contexts) await context.close();
    this.#contexts = [];
    await this.group.stop();
    return violations;
  }

  state(name: Name): Promise<GroupCallState> {
    return this.page(name).evaluate(() => stateNow());
  }
  async shows(name: Name, part: object): Promise<void> {
    await expect.poll(() => this.state(name), poll).toMatchObject(part);
  }
  async participant(name: Name, other: Name): Promise<GroupParticipant | undefined> {
    const { participants } = await this.state(name);
    return participants.find(({ account }) => account.username === other);
  }
  async knows(name: Name, other: Name, part: object): Promise<void> {
    await expect.poll(() => this.participant(name, other), poll).toMatchObject(part);
  }
  async showAll(name: Name, source: PictureSource, widthPx: number): Promise<void> {
    await this.page(name).evaluate(([source, widthPx]) => showAll(source, widthPx), [
      source,
      widthPx,
    ] as const);
  }

  /** A tone of the other one comes, and goes on coming. */
  async hears(name: Name, other: Name): Promise<void> {
    const energy = async (): Promise<number> => {
      const joinId = this.group.joinOf(other);
      const statistics = await this.page(name).evaluate(() => globalThis.statistics());
      return statistics?.received.find((one) => one.joinId === joinId)?.audio?.energy ?? 0;
    };
    await expect.poll(energy, poll).toBeGreaterThan(0);
    const before = await energy();
    await expect.poll(energy, poll).toBeGreaterThan(before + 0.001);
  }

  async look(name: Name, other: Name, source: PictureSource = 'camera') {
    return this.page(name).evaluate(([joinId, source]) => look(joinId, source), [
      this.group.joinOf(other),
      source,
    ] as const);
  }

  /** The picture in the other one's place is of the other one. */
  async sees(name: Name, other: Name, source: PictureSource = 'camera'): Promise<void> {
    const nearest = async (): Promise<string> => {
      const { width, red, green, blue } = await this.look(name, other, source);
      const distance = ([r, g, b]: readonly [number, number, number]): number =>
        Math.abs(r - red) + Math.abs(g - green) + Math.abs(b - blue);
      const found = (Object.keys(colours) as Name[]).find((one) => distance(colours[one]) < 90);
      return width === 0 ? 'nothing' : (found ?? `${red} ${green} ${blue}`);
    };
    await expect.poll(nearest, poll).toBe(other);
    const decoded = async (): Promise<number> => {
      const joinId = this.group.joinOf(other);
      const statistics = await this.page(name).evaluate(() => globalThis.statistics());
      return statistics?.received.find((one) => one.joinId === joinId)?.[source]?.framesDecoded ?? 0;
    };
    const before = await decoded();
    await expect.poll(decoded, poll).toBeGreaterThan(before);
  }

  /** Nothing is open any more that was. */
  async letGo(name: Name): Promise<void> {
    const left = (): Promise<object> =>
      this.page(name).evaluate(() => ({
        tracks: opened.filter(({ readyState }) => readyState === 'live').length,
        connections: connections.filter(({ connectionState }) => connectionState !== 'closed').length,
        session: groupCalls.current === null ? 0 : 1,
      }));
    await expect.poll(left, poll).toEqual({ tracks: 0, connections: 0, session: 0 });
  }

  async #answer(name: Name, command: string, argument: unknown): Promise<unknown> {
    const { group } = this;
    const ok = (value: unknown): object => ({ kind: 'ok', value });
    switch (command) {
      case 'join': {
        const { frameKey, media } = argument as { frameKey: string; media: GroupCallMedia };
        return ok(await group.join(name, frameKey, media));
      }
      case 'ask': {
        const answer = group.ask(name, Uint8Array.fromHex(argument as string));
        return answer === null ? { kind: 'problem', problem: { kind: 'offline' } } : ok(answer.toHex());
      }
      case 'update':
        group.update(name, argument as GroupCallMedia);
        return ok(null);
      case 'react':
        group.react(name, argument as string);
        return ok(null);
      case 'control':
        group.control(name, argument as GroupCallControl);
        return ok(null);
      case 'leave':
        await group.leave(name);
        return ok(null);
      case 'watch': {
        const page = this.page(name);
        group.watch(name, (signals) => {
          // A page that is gone needs to hear nothing.
          void page.evaluate((signals) => groupSignal(signals), signals).catch(() => {});
        });
        return ok(null);
      }
      default:
        throw new Error(command);
    }
  }
}
