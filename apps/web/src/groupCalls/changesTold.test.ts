import type { GroupParticipant } from '@sotto/sdk/groupCalls';
import { describe, expect, it } from 'vitest';
import type { AccountId, DeviceId } from '../sotto.ts';
import { changesTold } from './changesTold.ts';

const person = (name: string, change: Partial<GroupParticipant> = {}): GroupParticipant => ({
  joinId: name,
  account: { accountId: name as AccountId, username: name },
  deviceId: name as DeviceId,
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
const nothing = { participants: [], hands: [], isLocked: false, reactions: [] };
const maren = person('maren', { isSelf: true });

describe('what is said of a call', () => {
  it('is who comes and goes, many together', () => {
    const before = { ...nothing, participants: [maren, person('jonas')] };
    const after = { ...nothing, participants: [maren, person('ida'), person('wren')] };
    expect(changesTold(before, after)).toEqual(['ida and wren joined', 'jonas left']);
    const many = [...'abcdef'].map((name) => person(name));
    expect(changesTold(nothing, { ...nothing, participants: [maren, ...many] })).toEqual(['6 people joined']);
  });

  it('is each hand, reaction and screen of others once, and not who speaks', () => {
    const people = [maren, person('jonas')];
    const before = { ...nothing, participants: people };
    const after = {
      participants: [maren, person('jonas', { isSharing: true, isHandRaised: true, isSpeaking: true })],
      hands: ['jonas', 'maren'],
      isLocked: true,
      reactions: [
        { id: '1', joinId: 'jonas', emoji: '👏' },
        { id: '2', joinId: 'maren', emoji: '👏' },
      ],
    };
    expect(changesTold(before, after)).toEqual([
      'jonas shares the screen',
      'jonas raised a hand',
      'jonas: 👏',
      'The call is locked',
    ]);
    expect(changesTold(after, after)).toEqual([]);
  });
});
