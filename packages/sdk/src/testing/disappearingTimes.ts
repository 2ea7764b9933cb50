/** For measuring: how a device bears that very many messages disappear. On any platform. */
import type { SottoApi } from '@sotto/client/api';
import { type DisappearingWork, disappearsAfterMs } from '@sotto/client/fillDisappearing';
import { resultOf } from '../resultOf.ts';
import { until } from '../until.ts';

export type { DisappearingWork };

/** Milliseconds. */
export interface DisappearingTimes {
  /** From the last deadline until all were gone. */
  readonly goneMs: number;
  /** The longest that any was still here after its deadline. */
  readonly latestMs: number;
  /** Of commands meanwhile, each from the call to its answer. */
  readonly readMs: readonly number[];
  readonly sendMs: readonly number[];
}

const betweenCommandsMs = 100;
const sendEvery = 10;
const patienceMs = 60_000;

/** `firstMs`: the first deadline, as `fillDisappearing` gave it; it is not past. */
export async function measureDisappearing(
  sotto: SottoApi,
  work: Pick<DisappearingWork, 'count' | 'spanMs'>,
  firstMs: number,
): Promise<DisappearingTimes> {
  const [conversation] = await until(sotto, { kind: 'conversations' }, (all) => all.length > 0);
  const { conversationId } = conversation!;
  let [count, latestMs, goneMs] = [0, 0, Number.NaN];
  const stop = sotto.watch({ kind: 'messages', conversationId }, ({ removed }) => {
    const nowMs = Date.now();
    for (const id of removed) {
      const afterMs = disappearsAfterMs(id, work);
      if (afterMs === null) continue;
      count += 1;
      latestMs = Math.max(latestMs, nowMs - firstMs - afterMs);
    }
    if (count === work.count) goneMs = nowMs - firstMs - work.spanMs;
  });
  if (Date.now() > firstMs) throw new Error('The device was opened too late.');
  const readMs: number[] = [];
  const sendMs: number[] = [];
  await wait(firstMs - Date.now());
  for (let turn = 0; Number.isNaN(goneMs); turn++) {
    if (Date.now() > firstMs + work.spanMs + patienceMs) throw new Error(`Only ${count} disappeared.`);
    const begunMs = performance.now();
    if (turn % sendEvery === 0) resultOf(await sotto.sendText(conversationId, `Meanwhile, ${turn}`));
    else await sotto.readMessages({ conversationId, limit: 60 });
    (turn % sendEvery === 0 ? sendMs : readMs).push(performance.now() - begunMs);
    await wait(betweenCommandsMs);
  }
  stop();
  return { goneMs, latestMs, readMs, sendMs };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
