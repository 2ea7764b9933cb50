import { suiteIds } from '@sotto/primitives';
import { loadBrowserProvider } from '@sotto/primitives/browser';
import { type MessageCost, type MessageWork, measureMessageCost } from './messageCost.ts';

/** Runs in a worker of Chromium (`runInChromium`), where the engine runs in the product. */
export default async function messagesInChromium(work: MessageWork): Promise<MessageCost> {
  return measureMessageCost((await loadBrowserProvider()).suite(suiteIds.hybridChaCha20), work);
}
