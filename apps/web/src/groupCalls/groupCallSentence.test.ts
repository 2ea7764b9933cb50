import { describe, expect, it } from 'vitest';
import type { AccountId, CallId, GroupCallLineView } from '../sotto.ts';
import { groupCallSentence } from './groupCallSentence.ts';

const jonas = { accountId: '07' as AccountId, username: 'jonas' };
const line: GroupCallLineView = {
  callId: '01' as CallId,
  startedBy: jonas,
  hasVideo: true,
  isOpen: false,
  durationMs: 252_000,
  peopleCount: 5,
  isMissed: false,
};
const own = '01' as AccountId;

describe('the line of a group call', () => {
  it('says who started it while it is open', () => {
    expect(groupCallSentence({ ...line, isOpen: true, durationMs: null }, own)).toBe(
      'jonas started a video call',
    );
    expect(groupCallSentence({ ...line, isOpen: true, hasVideo: false }, jonas.accountId)).toBe(
      'You started a voice call',
    );
  });

  it('says how long it took and how many took part once it is over', () => {
    expect(groupCallSentence(line, own)).toBe('Video call, 4:12, 5 people');
    expect(groupCallSentence({ ...line, peopleCount: 1 }, own)).toBe('Video call');
    expect(groupCallSentence({ ...line, isMissed: true }, own)).toBe('Missed video call');
  });
});
