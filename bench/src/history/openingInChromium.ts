import { loadBrowserProvider } from '@sotto/primitives/browser';
import { measureOpening, type OpeningTimes, type OpeningWork } from './measureOpening.ts';

/** Runs in a worker of Chromium (`runInChromium`), where the engine runs in the product. */
export default async function openingInChromium(work: OpeningWork): Promise<OpeningTimes> {
  return measureOpening(await loadBrowserProvider(), work);
}
