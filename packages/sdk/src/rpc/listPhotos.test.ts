import { isDeepStrictEqual } from 'node:util';
import { serialize } from 'node:v8';
import type { ConversationView } from '@sotto/client/api';
import type { ConversationId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { leaveOutKnownPhotos, putKnownPhotosBack } from './listPhotos.ts';

const photo = (fill: number): Uint8Array => new Uint8Array(24_000).fill(fill);
const listed = (number: number, shown: Uint8Array, unreadCount = 0): ConversationView =>
  ({
    conversationId: number.toString(16).padStart(32, '0') as ConversationId,
    title: `Group ${number}`,
    photo: shown,
    unreadCount,
  }) as ConversationView;

describe('photos of the list of conversations', () => {
  it('go to a page once: with 200 groups an update is kilobytes, not megabytes', () => {
    const leaveOut = leaveOutKnownPhotos();
    const putBack = putKnownPhotosBack();
    const list = Array.from({ length: 200 }, (_, at) => listed(at, photo(at)));
    const first = leaveOut(list);
    expect(isDeepStrictEqual(putBack(structuredClone(first)), list)).toBe(true);
    expect(serialize(first).length).toBeGreaterThan(4_800_000);
    // A message came in one of them; its view was made anew, with a photo that was read again.
    const next = list.with(7, listed(7, photo(7), 1));
    const update = leaveOut(next);
    expect(isDeepStrictEqual(putBack(structuredClone(update)), next)).toBe(true);
    expect(serialize(update).length).toBeLessThan(30_000);
  });

  it('come again where they changed, went, or another leader tells', () => {
    const putBack = putKnownPhotosBack();
    let leaveOut = leaveOutKnownPhotos();
    const shows = (list: readonly ConversationView[]): void => {
      expect(putBack(structuredClone(leaveOut(list)))).toEqual(list);
    };
    shows([listed(1, photo(1)), listed(2, photo(2))]);
    shows([listed(2, photo(3)), listed(1, photo(1))]);
    shows([listed(1, new Uint8Array(0))]);
    shows([listed(1, photo(1)), listed(2, photo(3))]);
    leaveOut = leaveOutKnownPhotos();
    shows([listed(2, photo(3)), listed(1, photo(4))]);
  });
});
