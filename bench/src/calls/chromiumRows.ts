import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { startTestRelay } from '@sotto/relay/testing';
import { type ChromiumCalls, openChromiumCalls } from '@sotto/sdk/callsInChromium';
import { measureRinging } from '@sotto/web/testing/measureRinging';
import { quantile } from '../disappearing/rows.ts';
import type { BenchOptions, Row } from '../row.ts';

/** The product's sessions in one page, and bare peer connections that send the same. */
const kinds = ['bare', 'product'] as const;
type Kind = (typeof kinds)[number];
type ByKind = Record<Kind, number[]>;

const suite = 'calls';
const appAimMs = 1500;
const costRatioAim = 1.25;
const delayRatioAim = 1.5;
const silenceAimMs = 1000;

/** In one page of Chromium, over a stand-in for the engines: what the product does there and costs. Besides, the app itself. */
export async function* chromiumRows(options: BenchOptions): AsyncIterable<Row> {
  const browser = await openChromiumCalls();
  try {
    const connecting = await connectingTimes(browser, options.quick ? 2 : 15);
    yield connectingRow(connecting);
    yield* appRows(await measureRinging(options.quick ? 1 : 20), connecting.bare);
    yield* pictureRows(await talkInTurns(browser, options));
    yield* lostNetworkRows(browser, options);
  } finally {
    await browser.close();
  }
}

async function connectingTimes(browser: ChromiumCalls, count: number): Promise<ByKind> {
  const times: ByKind = { bare: [], product: [] };
  for (let round = 0; round <= count; round++) {
    for (const kind of kinds) {
      const tookMs = await browser.connect(kind);
      if (round > 0) times[kind].push(tookMs);
      await browser.hangUp();
    }
  }
  return times;
}

function connectingRow({ product, bare }: ByKind): Row {
  return beside('Chromium: from the call, answered at once, to talking, p50', 'ms', {
    product: quantile(product, 0.5),
    bare: quantile(bare, 0.5),
  });
}

/** The app itself in two browsers, through a server. */
function* appRows(app: readonly number[], bare: readonly number[]): Iterable<Row> {
  for (const part of [0.5, 0.95]) {
    const value = quantile(app, part);
    yield {
      ...beside(`Chromium: the app, from the button to talking, answered at once, p${part * 100}`, 'ms', {
        product: value,
        bare: quantile(bare, part),
      }),
      aim: `<= ${appAimMs} ms`,
      holds: value <= appAimMs,
    };
  }
}

function beside(name: string, unit: string, { product, bare }: Record<Kind, number>): Row {
  return { suite, name, value: product, unit, floor: bare, ratio: product / bare };
}

interface Talk {
  readonly shares: ByKind;
  readonly pictures: ByKind;
  readonly delays: ByKind;
}

async function talkInTurns(browser: ChromiumCalls, { quick }: BenchOptions): Promise<Talk> {
  const [rounds, warmUpMs, durationMs] = quick ? [1, 1500, 3000] : [4, 8000, 15_000];
  const talk: Talk = {
    shares: { bare: [], product: [] },
    pictures: { bare: [], product: [] },
    delays: { bare: [], product: [] },
  };
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      await browser.connect(kind);
      await wait(warmUpMs);
      const [startMs, startS, startCount] = [
        performance.now(),
        await browser.processorSeconds(),
        await browser.countPictures(),
      ];
      talk.delays[kind].push(...(await browser.measureDelays(durationMs)));
      const tookS = (performance.now() - startMs) / 1000;
      talk.pictures[kind].push(((await browser.countPictures()) - startCount) / tookS);
      talk.shares[kind].push((((await browser.processorSeconds()) - startS) / tookS) * 100);
      await browser.hangUp();
    }
  }
  return talk;
}

function* pictureRows({ shares, pictures, delays }: Talk): Iterable<Row> {
  const of = (values: ByKind, part: number): Record<Kind, number> => ({
    product: quantile(values.product, part),
    bare: quantile(values.bare, part),
  });
  yield beside('Chromium: 720p at 30 a second, pictures that came', '1/s', of(pictures, 0.5));
  yield beside('Chromium: 720p at 30 a second, share of a processor', '%', of(shares, 0.5));
  // On a busy machine not as many pictures come of one as of the other.
  const perPicture = (kind: Kind): number =>
    (quantile(shares[kind], 0.5) / 100 / quantile(pictures[kind], 0.5)) * 1000;
  const cost = beside('Chromium: 720p, processor time of a picture that came', 'ms', {
    product: perPicture('product'),
    bare: perPicture('bare'),
  });
  yield { ...cost, aim: `ratio <= ${costRatioAim}`, holds: cost.value <= costRatioAim * (cost.floor ?? 0) };
  const delay = beside('Chromium: from drawing to showing a picture, p50', 'ms', of(delays, 0.5));
  yield {
    ...delay,
    aim: `ratio <= ${delayRatioAim}`,
    holds: delay.value <= delayRatioAim * (delay.floor ?? 0),
  };
  yield beside('Chromium: from drawing to showing a picture, p95', 'ms', of(delays, 0.95));
}

/** Over a relay that nothing reaches for a time; and where the browser says that it is on another network. */
async function* lostNetworkRows(browser: ChromiumCalls, { quick }: BenchOptions): AsyncIterable<Row> {
  const [cutMs, patienceMs] = quick ? [1000, 3000] : [6000, 20_000];
  const relay = await startTestRelay({ addresses: ['127.0.0.1'] });
  const silences: Record<Kind, number> = { bare: 0, product: 0 };
  try {
    for (const kind of kinds) {
      await browser.connect(kind, relay.iceServers(randomBytes(16)));
      const silence = browser.longestSilence(cutMs + patienceMs);
      await wait(500);
      relay.setNetwork({ isCut: true });
      await wait(cutMs);
      relay.setNetwork({});
      silences[kind] = (await silence) - cutMs;
      await browser.hangUp();
    }
  } finally {
    await relay.stop();
  }
  yield silenceRow(`after ${cutMs / 1000} s without network`, silences.product, silences.bare);

  await browser.connect('product');
  const quietMs = await browser.longestSilence(quick ? 1000 : 4000);
  const silence = browser.longestSilence(quick ? 2000 : 8000);
  await wait(500);
  await browser.changeNetwork();
  const value = await silence;
  await browser.hangUp();
  yield silenceRow('as the network changes', value, quietMs);
}

function silenceRow(when: string, value: number, floor: number): Row {
  const name = `Chromium: longest silence ${when}`;
  return {
    suite,
    name,
    value,
    unit: 'ms',
    floor,
    aim: `<= ${silenceAimMs} ms`,
    holds: value <= silenceAimMs,
  };
}
