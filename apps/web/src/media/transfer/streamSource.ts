/**
 * Addresses that the product's service worker answers while it fetches: `<video src>` and saving read through them what they
 * need. Where there is none, as in some private windows, files are read as a whole.
 */
import type { MediaStreams } from '@sotto/sdk/media';

let provided: Promise<MediaStreams | null> = Promise.resolve(null);

/** By the product's entry, once. */
export function provideStreams(streams: Promise<MediaStreams | null>): void {
  provided = streams.catch(() => null);
}

export function mediaStreams(): Promise<MediaStreams | null> {
  return provided;
}
