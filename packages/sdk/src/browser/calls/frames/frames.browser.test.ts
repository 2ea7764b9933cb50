import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { launchChromium } from '@sotto/testkit/chromium';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ServedBuild, serveBuild } from '../../../testing/serveBuild.ts';
import type { DropReason, FrameCounts } from './frameMessages.ts';
import type { Observed, Side, Variant } from './framesFixturePage.ts';

const callId = '42'.repeat(16);
const callerKey = 'a1'.repeat(32);
const answererKey = 'b2'.repeat(32);
const poll = { timeout: 60_000 };

let served: ServedBuild;
let browser: Browser;
let page: Page;
let frameKeys: Partial<Record<Side, string>>;

beforeAll(async () => {
  served = await serveBuild(new URL('./framesFixturePage.ts', import.meta.url));
  browser = await launchChromium({
    flags: [
      '--autoplay-policy=no-user-gesture-required',
      // Addresses on this machine as they are: names for them would have to be asked for in the local network.
      '--disable-features=WebRtcHideLocalIpsWithMdns',
    ],
  });
});
afterAll(async () => {
  await browser?.close();
  await served?.close();
});
beforeEach(async () => {
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${served.port}/`);
});
afterEach(async () => {
  expect(await page.evaluate(() => globalThis.violations)).toEqual([]);
  await page.close();
});

async function connect(variant?: Variant): Promise<void> {
  frameKeys = await page.evaluate((variant) => globalThis.connectEnds(variant), variant);
}

/** Seals a key to the worker of `side` as the engine does (spec/calls.md, "Frame keys"). */
async function sealTo(side: Side, plain: Uint8Array): Promise<string> {
  const { hpke } = (await loadNodeProvider()).suite(suiteIds.x25519Aes128);
  const info = new Uint8Array([
    ...new TextEncoder().encode('Sotto 1 call frame key'),
    ...Uint8Array.fromHex(callId),
  ]);
  const { enc, ciphertext } = await hpke.seal(
    Uint8Array.fromHex(frameKeys[side]!),
    info,
    new Uint8Array(0),
    plain,
  );
  return enc.toHex() + ciphertext.toHex();
}

async function giveBytes(side: Side, plain: Uint8Array): Promise<string> {
  const sealed = await sealTo(side, plain);
  return page.evaluate(([side, callId, sealed]) => globalThis.giveKey(side as Side, callId, sealed), [
    side,
    callId,
    sealed,
  ] as const);
}

const give = (side: Side, use: 'seals' | 'opens', kid: number, key: string): Promise<string> =>
  giveBytes(
    side,
    new Uint8Array([Number(use === 'opens'), ...new Array(7).fill(0), kid, ...Uint8Array.fromHex(key)]),
  );

/** Of generations, steps and ordinals below 256. */
const bytesOfBase = (generation: number, step: number, base: Uint8Array): Uint8Array =>
  new Uint8Array([2, 0, 0, 0, generation, 0, step, 5, 0xdc, ...base]);
const giveBase = (side: Side, generation: number, step: number, base: Uint8Array): Promise<string> =>
  giveBytes(side, bytesOfBase(generation, step, base));
const giveParticipant = (side: Side, ordinal: number, isSelf = false): Promise<string> =>
  giveBytes(side, new Uint8Array([3, Number(isSelf), 0, ordinal, ...new Uint8Array(40).fill(ordinal)]));
const giveGone = (side: Side, ordinal: number): Promise<string> =>
  giveBytes(side, Uint8Array.of(4, 0, ordinal));

async function giveAll(): Promise<void> {
  await give('caller', 'opens', 1, answererKey);
  await give('answerer', 'opens', 0, callerKey);
  await give('caller', 'seals', 0, callerKey);
  await give('answerer', 'seals', 1, answererKey);
}

const observe = (side: Side): Promise<Observed> => page.evaluate((side) => globalThis.observe(side), side);

const some = (counts: readonly FrameCounts[], direction: string, kind: string): FrameCounts =>
  counts.find((entry) => entry.direction === direction && entry.kind === kind)!;

/** Lowest of both kinds, of what was passed in a direction, or dropped for a reason. */
const least = (counts: readonly FrameCounts[], direction: string, reason?: DropReason): number =>
  Math.min(
    ...['audio', 'video'].map((kind) => {
      const { passed, reasons } = some(counts, direction, kind);
      return reason === undefined ? passed : (reasons[reason] ?? 0);
    }),
  );

/** Why frames that came to `side` were dropped; probes of the network apart, which hold nothing. */
function reasonsIn({ counts }: Observed): string[] {
  const reasons = counts.flatMap((entry) => (entry.direction === 'opens' ? Object.keys(entry.reasons) : []));
  return [...new Set(reasons)].filter((reason) => reason !== 'empty');
}

/** The picture and the tone of the other side are there. */
async function expectMedia(side: Side): Promise<void> {
  await expect
    .poll(async () => {
      const { videoWidth, framesDecoded, audioEnergy, colours } = await observe(side);
      const [left, right] = colours;
      return (
        videoWidth > 0 &&
        framesDecoded > 10 &&
        audioEnergy > 0.01 &&
        left !== undefined &&
        right !== undefined &&
        left[0]! > 150 &&
        left[2]! < 100 &&
        right[0]! < 100 &&
        right[2]! > 150
      );
    }, poll)
    .toBe(true);
}

describe('frames of a call in Chromium', () => {
  it('bring picture and sound both ways', async () => {
    await connect();
    await giveAll();
    for (const side of ['caller', 'answerer'] as const) await expectMedia(side);
    const observed = await observe('answerer');
    expect(observed.counts.map(({ direction, kind }) => `${kind} ${direction}`).toSorted()).toEqual([
      'audio opens',
      'audio seals',
      'video opens',
      'video seals',
    ]);
    expect(least(observed.counts, 'opens')).toBeGreaterThan(0);
    expect(reasonsIn(observed)).toEqual([]);
  });

  it('are not sent without a key', async () => {
    await connect();
    await expect
      .poll(async () => least((await observe('caller')).counts, 'seals', 'noKey'), poll)
      .toBeGreaterThan(20);
    const sender = await observe('caller');
    expect(sender.packetsSent).toBe(0);
    expect(least(sender.counts, 'seals')).toBe(0);
    const receiver = await observe('answerer');
    expect(receiver.framesDecoded).toBe(0);
    expect(
      receiver.counts.filter(({ direction }) => direction === 'opens').every((c) => c.passed === 0),
    ).toBe(true);

    await giveAll();
    await expectMedia('answerer');
  });

  it('are not decoded with a wrong key', async () => {
    await connect();
    await give('caller', 'seals', 0, callerKey);
    await give('answerer', 'opens', 0, answererKey);
    await expect
      .poll(async () => least((await observe('answerer')).counts, 'opens', 'notAuthentic'), poll)
      .toBeGreaterThan(20);
    const { counts, framesDecoded, videoWidth, audioEnergy } = await observe('answerer');
    expect(counts.filter(({ direction }) => direction === 'opens').every(({ passed }) => passed === 0)).toBe(
      true,
    );
    expect({ framesDecoded, videoWidth }).toEqual({ framesDecoded: 0, videoWidth: 0 });
    expect(audioEnergy).toBeLessThan(0.0001);
  });

  it('are dropped where they come again, and the others go on', async () => {
    await connect({ kind: 'replay', baseKey: callerKey });
    await give('answerer', 'opens', 0, callerKey);
    await expect
      .poll(async () => least((await observe('answerer')).counts, 'opens', 'replayed'), poll)
      .toBeGreaterThan(5);
    await expect
      .poll(async () => least((await observe('answerer')).counts, 'opens'), poll)
      .toBeGreaterThan(20);
    // This sender does not wait for the receiver's key.
    const reasons = reasonsIn(await observe('answerer'));
    expect(reasons.filter((reason) => reason !== 'unknownKey')).toEqual(['replayed']);
  });

  it('go on without a gap when the keys change', async () => {
    await connect();
    await giveAll();
    await expectMedia('answerer');
    const nextKey = 'c3'.repeat(32);
    expect(await give('answerer', 'opens', 2, nextKey)).toBe('taken');
    expect(await give('caller', 'seals', 2, nextKey)).toBe('taken');
    const before = await observe('answerer');
    await expect
      .poll(async () => (await observe('answerer')).framesDecoded - before.framesDecoded, poll)
      .toBeGreaterThan(40);
    expect(reasonsIn(await observe('answerer'))).toEqual([]);
    // What sealed before does not seal again.
    expect(await give('caller', 'seals', 0, callerKey)).toBe('oldKey');
  });

  it('are not sent without a transform, which Chromium would do in a connection of any other kind', async () => {
    await connect({ kind: 'unsecured' });
    await expect.poll(async () => (await observe('caller')).framesEncoded, poll).toBeGreaterThan(20);
    expect((await observe('caller')).packetsSent).toBe(0);
  });

  it('stop with their worker', async () => {
    await connect();
    await giveAll();
    await expectMedia('answerer');
    await page.evaluate(() => globalThis.closeFrames('caller'));
    // What had been sealed is on its way still; from then on nothing is added to it.
    let before = await observe('caller');
    await expect
      .poll(async () => {
        const now = await observe('caller');
        const isStill =
          now.packetsSent === before.packetsSent && now.framesEncoded > before.framesEncoded + 10;
        if (now.packetsSent > before.packetsSent) before = now;
        return isStill;
      }, poll)
      .toBe(true);
  });
});

describe('frames of a group call in Chromium', () => {
  const [first, second] = [new Uint8Array(32).fill(0x0a), new Uint8Array(32).fill(0x0b)];
  const ordinals = { caller: 0, answerer: 1, newcomer: 2 } as const;

  /** Frames that were passed in a direction, of both kinds together. */
  const passedOf = ({ counts }: Observed, direction: string): number =>
    counts.reduce((sum, one) => sum + (one.direction === direction ? one.passed : 0), 0);
  const reasonsOf = ({ counts }: Observed): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const { reasons } of counts) {
      for (const [reason, count] of Object.entries(reasons)) {
        if (reason !== 'empty') sums[reason] = (sums[reason] ?? 0) + count;
      }
    }
    return sums;
  };
  const expectMore = async (side: Side, direction: string, frames: number): Promise<void> => {
    const before = passedOf(await observe(side), direction);
    await expect
      .poll(async () => passedOf(await observe(side), direction), poll)
      .toBeGreaterThan(before + frames);
  };

  it('go on without a drop while one joins, one is told late, one leaves and keys are renewed', async () => {
    await connect();
    for (const side of ['caller', 'answerer'] as const) {
      for (const other of ['caller', 'answerer'] as const) {
        expect(await giveParticipant(side, ordinals[other], side === other)).toBe('taken');
      }
    }
    for (const side of ['answerer', 'caller'] as const)
      expect(await giveBase(side, 0, 0, first)).toBe('taken');
    for (const side of ['caller', 'answerer'] as const) await expectMedia(side);
    const drops = {
      caller: reasonsOf(await observe('caller')),
      answerer: reasonsOf(await observe('answerer')),
    };

    // A newcomer: it and the caller are told, and the answerer comes to the step by the caller's frames.
    frameKeys.newcomer = await page.evaluate(() => globalThis.connectNewcomer());
    const step = await expandStep(first);
    await giveParticipant('caller', 2);
    await giveParticipant('newcomer', 0);
    await giveParticipant('newcomer', 2, true);
    await giveBase('newcomer', 0, 1, step);
    await giveBase('caller', 0, 1, step);
    await expectMedia('newcomer');
    await expectMore('answerer', 'opens', 40);
    await expectMore('caller', 'opens', 40);
    expect(some((await observe('newcomer')).counts, 'opens', 'video').ordinal).toBe(0);
    expect(some((await observe('answerer')).counts, 'opens', 'audio').ordinal).toBe(0);

    // It leaves: the two others have a new generation, which is sealed with a while later.
    const bases: string[] = [];
    for (const side of ['caller', 'answerer'] as const) {
      await giveGone(side, 2);
      bases.push(await sealTo(side, bytesOfBase(1, 0, second)));
    }
    // At once: who has it seals with it soon, whether or not the other has it.
    const given = ([callId, ...bases]: readonly string[]): Promise<string[]> =>
      Promise.all((['caller', 'answerer'] as const).map((side, at) => giveKey(side, callId!, bases[at]!)));
    expect(await page.evaluate(given, [callId, ...bases])).toEqual(['taken', 'taken']);
    await expect
      .poll(async () => reasonsOf(await observe('newcomer')).unknownKey ?? 0, poll)
      .toBeGreaterThan(40);
    await expectMore('answerer', 'opens', 40);
    await expectMore('caller', 'opens', 40);

    // What was dropped was dropped before all had a key, and since then nothing, but what came from who left.
    expect(reasonsOf(await observe('answerer'))).toEqual(drops.answerer);
    const { unknownKey: _, ...ofCaller } = reasonsOf(await observe('caller'));
    const { unknownKey: __, ...before } = drops.caller;
    expect(ofCaller).toEqual(before);
    const receiving = (await observe('caller')).counts.filter(({ direction }) => direction === 'opens');
    expect(receiving.slice(0, 2).map(({ ordinal }) => ordinal)).toEqual([1, 1]);
  });

  it('play of the participant only that is expected there', async () => {
    await connect();
    for (const side of ['caller', 'answerer'] as const) {
      for (const other of ['caller', 'answerer'] as const) {
        await giveParticipant(side, ordinals[other], side === other);
      }
      await giveBase(side, 0, 0, first);
    }
    await expectMedia('answerer');
    await page.evaluate(() => globalThis.expectThere('answerer', 'video', 7));
    const dropped = async () =>
      some((await observe('answerer')).counts, 'opens', 'video').reasons.otherSender ?? 0;
    await expect.poll(dropped, poll).toBeGreaterThan(10);
    const audio = some((await observe('answerer')).counts, 'opens', 'audio');
    expect(audio.reasons.otherSender).toBeUndefined();
    await page.evaluate(() => globalThis.expectThere('answerer', 'video', 0));
    // A key frame is asked for, since pictures are missing in between.
    const { framesDecoded } = await observe('answerer');
    await expect
      .poll(async () => (await observe('answerer')).framesDecoded - framesDecoded, poll)
      .toBeGreaterThan(20);
  });
});

/** The base one step on (spec/vectors/groupCallFrames.json has others). */
async function expandStep(base: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { hkdf } = await loadNodeProvider();
  return hkdf.expand(base, new TextEncoder().encode('Sotto 1 group call step'), 32);
}

describe('a browser', () => {
  it('that cannot give frames to a worker cannot call, and says so', async () => {
    expect(
      await page.evaluate(() => {
        Reflect.deleteProperty(globalThis, 'RTCRtpScriptTransform');
        return globalThis.startFrameWorker();
      }),
    ).toBe('unsupported');
  });

  it('that does not get the script of the worker says so', async () => {
    await page.route('**/worker*.js', (route) => route.abort());
    expect(await page.evaluate(() => globalThis.startFrameWorker())).toBe('notLoaded');
  });
});
