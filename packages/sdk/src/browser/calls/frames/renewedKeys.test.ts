/**
 * Keys of a group call that are renewed while packets get lost (spec/groupCalls.md, "Keys"; spec/frames.md, "Group calls"): real
 * engines over a server make and follow them, real keyrings seal and open every frame. In virtual time, by a seed.
 */
import type { GroupCallMedia, GroupCallSignals } from '@sotto/client/api';
import { answered, createdGroup, groupId, type TestDevice, TestWorld } from '@sotto/client/testing';
import type { CallId } from '@sotto/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { decodeFrameKey, type GroupBase, type GroupParticipant } from '../../../calls/frameKey.ts';
import { FrameKeyBox } from './frameKeyBox.ts';
import { FrameKeyring } from './frameKeyring.ts';

/** One frame of sound of everybody in each; a tenth of them is lost, and those that come do so up to 200 ms later. */
const tickMs = 100;
const lossShare = 0.1;
const jitterMs = 200;
/** How much later than its engine a page's worker has a key: less than new generations wait before they seal. */
const slowestKeyMs = 900;
/** From a leave to the first frame that who left cannot open: the batch, the wait, and what is slow. */
const renewalMs = 5_000;
/** Who has just joined waits for the others' steps. */
const newcomerMs = 2_000;
const quiet: GroupCallMedia = {
  isMuted: false,
  hasCamera: false,
  isSharing: false,
  isHandRaised: false,
  isAudience: false,
};

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Sent {
  readonly from: Page;
  readonly atMs: number;
  readonly generation: number;
  readonly words: Uint8Array<ArrayBuffer>;
  readonly frame: Uint8Array<ArrayBuffer>;
}

/** What one join's page has: its engine's signals, and the frame worker's box and keyring. */
class Page {
  readonly device: TestDevice;
  readonly box: FrameKeyBox;
  readonly keyring: FrameKeyring;
  readonly participants: GroupParticipant[] = [];
  readonly #world: TestWorld;
  readonly #random: () => number;
  readonly #callId: CallId;
  #signals: GroupCallSignals | null = null;
  #handed = 0;
  #keysDueMs = 0;
  readonly #keys: { readonly atMs: number; readonly sealed: Uint8Array }[] = [];
  /** The newest that it was told, and the newest whose wait is over. */
  told = -1;
  #due = -1;
  readonly joinedAtMs: number;
  hasKeysSinceMs = Infinity;
  leftAtMs = Infinity;
  heard = 0;
  #stop: () => void;

  constructor(world: TestWorld, device: TestDevice, callId: CallId, box: FrameKeyBox, random: () => number) {
    this.#world = world;
    this.#random = random;
    this.device = device;
    this.#callId = callId;
    this.box = box;
    this.joinedAtMs = world.clock.now();
    this.keyring = new FrameKeyring((delayMs, task) => void world.clock.schedule(delayMs, task));
    this.#stop = device.api.watch({ kind: 'groupCallSignals', callId }, (signals) => this.#hear(signals));
    void device.api.joinGroupCall({ callId, frameKey: box.publicKey, media: quiet }).then(({ kind }) => {
      if (kind === 'problem') throw new Error('It does not join.');
      // An empty SeatConnect: the relay knows the page, so its seat stays.
      return device.api.askCallSeat(callId, Uint8Array.of(0x0a, 0));
    });
  }

  get ordinal(): number {
    return this.#signals?.participants.find(({ isSelf }) => isSelf)?.ordinal ?? -1;
  }

  get isIn(): boolean {
    return this.leftAtMs === Infinity;
  }

  /** In the order of the engine's, each some time later. */
  #hear(signals: GroupCallSignals): void {
    if (!this.isIn) return;
    this.#signals = signals;
    for (const sealed of signals.frameKeys.slice(this.#handed)) {
      const atMs = this.#world.clock.now() + this.#random() * slowestKeyMs;
      this.#keysDueMs = Math.max(this.#keysDueMs, atMs);
      this.#keys.push({ atMs: this.#keysDueMs, sealed });
    }
    this.#handed = Math.max(this.#handed, signals.frameKeys.length);
  }

  /** What its worker was handed by now, and what has come of it. */
  async takeKeys(nowMs: number): Promise<void> {
    while (this.isIn && (this.#keys[0]?.atMs ?? Infinity) <= nowMs) {
      const { sealed } = this.#keys.shift()!;
      const opened = await this.box.open(Uint8Array.fromHex(this.#callId), sealed);
      const key = opened === null ? null : decodeFrameKey(opened);
      if (key === null) throw new Error('What the engine says does not open.');
      if (key.kind === 'participant') this.participants.push({ ...key, sender: key.sender.slice() });
      if (key.kind === 'base') this.#note(key, nowMs);
      expect(await this.keyring.take(key)).toBe('taken');
    }
    // Sealers are made beside it: virtual time waits for them.
    if (this.#due < 0 || !this.isIn) return;
    await vi.waitFor(() => expect(generationOf(this.keyring.sealer?.kid ?? -1n)).toBe(this.#due), {
      timeout: 30_000,
      interval: 1,
    });
  }

  #note({ generation, delayMs }: GroupBase, nowMs: number): void {
    if (generation > this.told) {
      const isDue = (): void => {
        this.#due = Math.max(this.#due, generation);
      };
      if (this.told < 0) isDue();
      else this.#world.clock.schedule(delayMs, isDue);
    }
    this.told = Math.max(this.told, generation);
    this.hasKeysSinceMs = Math.min(this.hasKeysSinceMs, nowMs);
  }

  leave(): void {
    this.leftAtMs = this.#world.clock.now();
    this.#stop();
    void this.device.api.leaveGroupCall(this.#callId);
  }
}

const generationOf = (kid: bigint): number => Number(kid >> 24n);

/** A call that goes on: what is said in it, who hears it, and who must not. */
class Talk {
  readonly world: TestWorld;
  readonly random: () => number;
  readonly pages: Page[] = [];
  readonly sent: Sent[] = [];
  #underway: { readonly atMs: number; readonly to: Page; readonly sent: Sent }[] = [];
  /** Frames that came to somebody who should have heard them, and did not. */
  readonly unheard: string[] = [];
  /** Frames that somebody heard who should not have. */
  readonly overheard: string[] = [];
  heardBySomebody = 0;
  /** Whose engine was without its server, from when until when. */
  readonly away = new Map<Page, { readonly fromMs: number; untilMs: number }>();

  constructor(world: TestWorld, random: () => number) {
    this.world = world;
    this.random = random;
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.world.clock.now() + ms;
    while (this.world.clock.now() < untilMs) await this.#tick();
  }

  async until(isSo: () => boolean): Promise<void> {
    for (let tick = 0; !isSo(); tick++) {
      if (tick > 600) throw new Error('It never came to be.');
      await this.#tick();
    }
  }

  async #tick(): Promise<void> {
    await this.world.clock.pass(tickMs);
    const nowMs = this.world.clock.now();
    for (const page of this.pages) await page.takeKeys(nowMs);
    for (const page of this.pages) if (page.isIn) await this.#speak(page, nowMs);
    const due = this.#underway
      .filter(({ atMs }) => atMs <= nowMs)
      .sort((one, other) => one.atMs - other.atMs);
    this.#underway = this.#underway.filter(({ atMs }) => atMs > nowMs);
    for (const { to, sent } of due) await this.#arrive(to, sent, nowMs);
  }

  async #speak(page: Page, nowMs: number): Promise<void> {
    const { sealer } = page.keyring;
    if (sealer === null) return;
    const words = Uint8Array.of(page.ordinal, ...new Uint8Array(new Uint32Array([this.sent.length]).buffer));
    const result = await sealer.sealMedia('opus', words);
    if (result.kind === 'failed') throw new Error(result.reason);
    const sent = {
      from: page,
      atMs: nowMs,
      generation: generationOf(sealer.kid),
      words,
      frame: result.frame,
    };
    this.sent.push(sent);
    for (const to of this.pages) {
      if (to === page) continue;
      // Who left has a friend at the relay, and loses nothing.
      if (!to.isIn) await this.#overhear(to, sent);
      else if (this.random() >= lossShare)
        this.#underway.push({ atMs: nowMs + this.random() * jitterMs, to, sent });
    }
  }

  async #arrive(to: Page, sent: Sent, nowMs: number): Promise<void> {
    if (!to.isIn) return;
    const result = await to.keyring.open('opus', sent.frame, sent.from.ordinal);
    if (result.kind === 'opened') {
      expect(result.frame).toEqual(sent.words);
      to.heard++;
      return;
    }
    if (!this.#isHere(to, nowMs) || !this.#isHere(sent.from, sent.atMs) || !sent.from.isIn) return;
    // Without its server it has no newer key; what it seals itself is heard.
    const away = this.away.get(to);
    const isMissed = away !== undefined && nowMs > away.fromMs + 1_500 && nowMs < away.untilMs + newcomerMs;
    if (!isMissed) this.unheard.push(`${sent.from.ordinal} by ${to.ordinal}: ${result.reason}`);
  }

  #isHere(page: Page, atMs: number): boolean {
    return page.isIn && atMs >= page.hasKeysSinceMs + newcomerMs;
  }

  /** Whoever left tries with all that it had, and knows who came since. */
  async #overhear(page: Page, sent: Sent): Promise<void> {
    for (const other of this.pages.flatMap(({ participants }) => participants)) {
      await page.keyring.take({ ...other, isSelf: false, sender: other.sender.slice() });
    }
    const result = await page.keyring.open('opus', sent.frame, null);
    const awayUntilMs = this.away.get(sent.from)?.untilMs ?? 0;
    const isLater = sent.atMs > Math.max(page.leftAtMs, awayUntilMs) + renewalMs;
    if (isLater) expect(sent.generation).toBeGreaterThan(page.told);
    if (result.kind === 'opened' && (isLater || sent.generation > page.told)) {
      this.overheard.push(`${sent.from.ordinal} by ${page.ordinal}, who had left`);
    }
  }

  /** What was said before it asked to join. */
  async overhearEarlier(page: Page): Promise<void> {
    for (const sent of this.sent.filter(({ atMs }) => atMs <= page.joinedAtMs).slice(-60)) {
      const result = await page.keyring.open('opus', sent.frame, null);
      if (result.kind === 'opened')
        this.overheard.push(`${sent.from.ordinal} by ${page.ordinal}, a newcomer`);
    }
  }

  async join(device: TestDevice, callId: CallId): Promise<Page> {
    const box = await FrameKeyBox.create();
    if (box === null) throw new Error('There is no X25519 here.');
    const page = new Page(this.world, device, callId, box, this.random);
    this.pages.push(page);
    return page;
  }

  /** Its engine reads nothing meanwhile; its media goes on. */
  async lose(page: Page, ms: number): Promise<void> {
    const fromMs = this.world.clock.now();
    const away = { fromMs, untilMs: Infinity };
    this.away.set(page, away);
    page.device.goOffline();
    await this.pass(ms);
    page.device.goOnline();
    await this.until(() => page.device.connection.kind === 'online');
    away.untilMs = this.world.clock.now();
  }
}

const faults: TestDevice[] = [];
afterEach(() => {
  expect(faults.splice(0).flatMap((device) => device.faults)).toEqual([]);
});

describe('keys that are renewed while a tenth of all packets is lost', () => {
  it.each([1, 2, 3])('leave no gap for who stays, and nothing to who left (seed %i)', async (seed) => {
    const world = await TestWorld.create();
    const talk = new Talk(world, randomOf(seed));
    const devices: TestDevice[] = [];
    for (const name of ['anna', 'ben', 'cleo', 'dora', 'emil']) {
      const device = await (await world.addAccount(name)).addDevice();
      await device.online();
      devices.push(device);
    }
    faults.push(...devices);
    const [a, b, c, d, e] = devices as [TestDevice, TestDevice, TestDevice, TestDevice, TestDevice];
    await createdGroup(world, [a, b, c, d, e]);
    const begun = await answered(
      world,
      a.api.startGroupCall({ conversationId: groupId(a), hasVideo: false, rings: false }),
    );
    if (begun.kind === 'problem') throw new Error(begun.problem.kind);
    const { callId } = begun.value;
    await world.clock.pass(1_000);
    const stays: Page[] = [];
    for (const device of [a, b, c]) {
      stays.push(await talk.join(device, callId));
      await talk.pass(talk.random() * 1_000);
    }
    await talk.until(() => stays.every(({ told }) => told >= 0));
    const comesAndGoes = new Map<TestDevice, Page | null>([
      [d, null],
      [e, null],
    ]);
    for (let change = 0; change < 7; change++) {
      const device = talk.random() < 0.5 ? d : e;
      const page = comesAndGoes.get(device) ?? null;
      if (page === null) {
        const newcomer = await talk.join(device, callId);
        comesAndGoes.set(device, newcomer);
        await talk.until(() => newcomer.told >= 0);
        await talk.overhearEarlier(newcomer);
      } else {
        page.leave();
        comesAndGoes.set(device, null);
        // One of those who stay does not hear of it for a while.
        if (talk.away.size < 2) await talk.lose(stays[2 - talk.away.size]!, 3_000 + talk.random() * 2_000);
      }
      await talk.pass(talk.random() * 3_000);
    }
    for (const page of comesAndGoes.values()) page?.leave();
    await talk.pass(renewalMs + 3_000);

    expect(talk.unheard).toEqual([]);
    expect(talk.overheard).toEqual([]);
    const renewed = Math.max(...stays.map(({ told }) => told));
    expect(renewed).toBeGreaterThan(1);
    expect(stays.map(({ told }) => told)).toEqual(stays.map(() => renewed));
    for (const { heard } of stays) expect(heard).toBeGreaterThan(200);
  });
});
