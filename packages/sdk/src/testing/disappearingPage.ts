/** The page that fills a device's database and measures beside the app (`disappearingInChromium.ts`). */
import type { DisappearingWork } from '@sotto/client/fillDisappearing';
import { openSotto } from '../browser/openSotto.ts';
import { Worker } from '../browser/trustedWorker.ts';
import { type DisappearingTimes, measureDisappearing } from './disappearingTimes.ts';

declare global {
  var disappearing: {
    /** No other page of the origin is open. Gives the first deadline. */
    fill(work: DisappearingWork): Promise<number>;
    /** As another tab of the app. */
    measure(work: DisappearingWork, firstMs: number): Promise<DisappearingTimes>;
  };
}

globalThis.disappearing = {
  fill: (work) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./disappearingWorker.ts', import.meta.url), { type: 'module' });
      worker.onmessage = ({ data }) => {
        worker.terminate();
        if (typeof data === 'number') resolve(data);
        else reject(new Error(String(data)));
      };
      worker.postMessage(work);
    }),
  measure: async (work, firstMs) => measureDisappearing(await openSotto(), work, firstMs),
};
