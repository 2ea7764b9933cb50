/** The blurred picture of a ThumbHash, as an address; remembered, because rows come and go while scrolling. */
import { thumbHashToDataURL } from 'thumbhash';

const rememberedLimit = 500;
const sizes = { smallest: 5, largest: 32 };
const remembered = new Map<string, string | null>();

/** Null where the bytes are no ThumbHash. One that is not `isKept` is not remembered: it disappears. */
export function placeholderAddress(hash: Uint8Array, isKept: boolean): string | null {
  if (hash.length < sizes.smallest || hash.length > sizes.largest) return null;
  if (!isKept) return make(hash);
  const key = String.fromCharCode(...hash);
  const known = remembered.get(key);
  if (known !== undefined) return known;
  if (remembered.size >= rememberedLimit) remembered.clear();
  const made = make(hash);
  remembered.set(key, made);
  return made;
}

function make(hash: Uint8Array): string | null {
  try {
    return thumbHashToDataURL(hash);
  } catch {
    return null;
  }
}
