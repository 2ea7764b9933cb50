import { suiteIds } from '@sotto/primitives';
import { loadBrowserProvider } from '@sotto/primitives/browser';
import { type MessageTimes, measureMessages } from './measureMessages.ts';

/** Runs in a worker of Chromium (`runInChromium`), where the engine runs in the product. */
export default async function inChromium(work: {
  rounds: number;
  messagesPerRound: number;
}): Promise<MessageTimes> {
  return measureMessages(await loadBrowserProvider(), suiteIds.hybridChaCha20, work);
}
