/** For tests: what is to be seen and heard in the two pages of a call, waited for. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { CallState } from '../callSession.ts';
import type { Side } from './standInCall.ts';
import type { Observed } from './watchPage.ts';

/** Browsers are slow where several of them share a machine. */
export const poll = { timeout: 90_000 };
export const sides: readonly Side[] = ['caller', 'answerer'];

export class WatchedPages {
  readonly #pages = new Map<Side, Page>();

  watchPage(side: Side, page: Page): void {
    this.#pages.set(side, page);
  }

  watched(): readonly Page[] {
    return [...this.#pages.values()];
  }

  page(side: Side): Page {
    const page = this.#pages.get(side);
    if (page === undefined) throw new Error(side);
    return page;
  }

  observe(side: Side): Promise<Observed> {
    return this.page(side).evaluate(() => globalThis.observeCall());
  }
  state(side: Side): Promise<CallState> {
    return this.page(side).evaluate(() => session.state);
  }
  async shows(side: Side, part: object): Promise<void> {
    await expect.poll(() => this.state(side), poll).toMatchObject(part);
  }
  async ends(side: Side, kind: string): Promise<void> {
    await this.shows(side, { phase: { kind: 'ended', ending: { kind } } });
  }

  /** The other side's voice comes, and goes on coming. */
  async hears(side: Side): Promise<void> {
    const energy = async (): Promise<number> =>
      (await this.observe(side)).statistics?.audioReceived?.energy ?? 0;
    const before = await energy();
    await expect.poll(energy, poll).not.toBeCloseTo(before, 4);
  }

  /** A picture with something on it comes, and goes on coming. */
  async sees(side: Side, what: 'camera' | 'screen'): Promise<void> {
    await expect.poll(async () => (await this.observe(side))[what].colours, poll).toBeGreaterThan(2);
    const decoded = async (): Promise<number> => {
      const { statistics } = await this.observe(side);
      return statistics?.[what === 'camera' ? 'cameraReceived' : 'screenReceived']?.framesDecoded ?? 0;
    };
    const before = await decoded();
    await expect.poll(decoded, poll).not.toBe(before);
  }

  /** Of the screen of `side`, as both measure it. */
  async sharesIn(side: Side, codec: string): Promise<void> {
    const other = side === 'caller' ? 'answerer' : 'caller';
    const codecs = async () => [
      (await this.observe(side)).statistics?.screenSent?.codec,
      (await this.observe(other)).statistics?.screenReceived?.codec,
    ];
    await expect.poll(codecs, poll).toEqual([codec, codec]);
  }

  /** Nothing is open any more that was: tracks, connections, the session. */
  async letGo(side: Side): Promise<void> {
    const left = (): Promise<object> =>
      this.page(side).evaluate(() => ({
        tracks: opened.filter(({ readyState }) => readyState === 'live').length,
        connections: connections.filter(({ connectionState }) => connectionState !== 'closed').length,
        session: calls.current === null ? 0 : 1,
      }));
    await expect.poll(left, poll).toEqual({ tracks: 0, connections: 0, session: 0 });
  }
}
