import type { GroupParticipant } from '@sotto/sdk/groupCalls';
import { describe, expect, it } from 'vitest';
import type { AccountId, DeviceId } from '../sotto.ts';
import { largeOf, picturesOf, type Wishes } from './stageView.ts';

const person = (joinId: string, change: Partial<GroupParticipant> = {}): GroupParticipant => ({
  joinId,
  account: { accountId: joinId as AccountId, username: joinId },
  deviceId: joinId as DeviceId,
  isSelf: false,
  isMuted: false,
  hasCamera: false,
  isSharing: false,
  isHandRaised: false,
  isSpeaking: false,
  hasKeys: true,
  camera: 'off',
  screen: 'off',
  ...change,
});
const own = person('own', { isSelf: true });
const plain: Wishes = { layout: 'tiles', pinned: null, putBack: null };
const camera = (joinId: string) => ({ joinId, source: 'camera' }) as const;
const screen = (joinId: string) => ({ joinId, source: 'screen' }) as const;

describe('what is large in a call', () => {
  it('is nothing, or who speaks where that was chosen: never oneself', () => {
    const people = [own, person('a'), person('b')];
    expect(largeOf(people, ['b'], plain)).toBe(null);
    expect(largeOf(people, ['gone', 'b', 'a'], { ...plain, layout: 'speaker' })).toEqual(camera('b'));
    expect(largeOf(people, [], { ...plain, layout: 'speaker' })).toEqual(camera('a'));
    expect(largeOf([own], [], { ...plain, layout: 'speaker' })).toBe(null);
  });

  it('is the screen that is shared until it is put back, and what is pinned before that', () => {
    const people = [own, person('a', { isSharing: true }), person('b')];
    expect(largeOf(people, ['b'], plain)).toEqual(screen('a'));
    expect(largeOf(people, ['b'], { ...plain, putBack: screen('a') })).toBe(null);
    expect(largeOf(people, ['b'], { ...plain, pinned: camera('b') })).toEqual(camera('b'));
    expect(largeOf(people, ['b'], { ...plain, pinned: screen('b') })).toEqual(screen('a'));
    const later = [...people, person('c', { isSharing: true })];
    expect(largeOf(later, [], { ...plain, putBack: screen('a') })).toEqual(screen('c'));
  });

  it('leaves the others in their places, screens before people, and not one’s own screen', () => {
    const people = [{ ...own, isSharing: true }, person('a'), person('b', { isSharing: true })];
    expect(picturesOf(people, ['b', 'own', 'gone', 'a'])).toEqual([
      screen('b'),
      camera('b'),
      camera('own'),
      camera('a'),
    ]);
  });
});
