import { openSotto } from '../node/openSotto.ts';
import {
  type Expected,
  measureRestore,
  measureReturn,
  type RestoreTimes,
  type RestoreWork,
  type ReturnTimes,
} from './restoreTimes.ts';

/** Signs in on a new device in `dataFolder`, which stays signed in. */
export async function restoreInNode(
  server: string,
  dataFolder: string,
  work: RestoreWork,
): Promise<RestoreTimes> {
  const sotto = await openSotto({ server, dataFolder });
  const times = await measureRestore(sotto, work);
  await sotto.close();
  return times;
}

/** Starts that device again: times from before it was opened. */
export async function comeBackInNode(
  server: string,
  dataFolder: string,
  expected: Expected,
): Promise<ReturnTimes> {
  const beganMs = performance.now();
  const sotto = await openSotto({ server, dataFolder });
  const times = await measureReturn(sotto, expected, beganMs);
  await sotto.close();
  return times;
}
