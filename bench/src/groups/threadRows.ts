import { launchChromium } from '@sotto/testkit/chromium';
import { measureThread } from '@sotto/web/testing/measureThread';
import type { BenchOptions, Row } from '../row.ts';

const frameLimitMs = 1000 / 60;
const openingLimitMs = 100;
/** A frame that came later than this was missed. */
const missedMs = 1.5 * frameLimitMs;

/** The thread of the web app: scrolling 100,000 mixed messages, opening a chat, searching emoji. */
export async function* threadRows(_options: BenchOptions): AsyncIterable<Row> {
  const browser = await launchChromium();
  try {
    const { frameMs, passedCount, openingMs, emojiSearchMs } = await measureThread(browser, {
      frames: 1200,
      openings: 20,
    });
    const row = { suite: 'groups' } as const;
    const typicalMs = quantile(frameMs, 0.5);
    const missed = (frameMs.filter((ms) => ms > missedMs).length / frameMs.length) * 100;
    yield {
      ...row,
      name: `Scrolling a thread of 100,000 mixed messages (${passedCount} passed), frames per second`,
      value: 1000 / typicalMs,
      unit: '/s',
      aim: '>= 60 /s',
      holds: typicalMs <= frameLimitMs + 0.2,
    };
    yield {
      ...row,
      name: 'Scrolling: frames that came late',
      value: missed,
      unit: '%',
      aim: '<= 5 %',
      holds: missed <= 5,
    };
    for (const [name, times] of [
      ['Opening a chat, press to messages', openingMs],
      ['Emoji search, key to shown', emojiSearchMs],
    ] as const) {
      for (const [label, part] of [
        ['p50', 0.5],
        ['p99', 0.99],
      ] as const) {
        const value = quantile(times, part);
        yield {
          ...row,
          name: `${name}, ${label}`,
          value,
          unit: 'ms',
          aim: '< 100 ms',
          holds: value < openingLimitMs,
        };
      }
    }
  } finally {
    await browser.close();
  }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
