import { expect, it } from 'vitest';
import { type CallLineView, idFromText } from '../sotto.ts';
import { callSentence } from './callSentence.ts';

const call = (change: Partial<CallLineView>): CallLineView => ({
  callId: idFromText('0'.repeat(32))!,
  isIncoming: false,
  hasVideo: false,
  outcome: 'answered',
  isMissed: false,
  durationMs: null,
  ...change,
});

it('says how long both talked', () => {
  expect(callSentence(call({ durationMs: 252_000 }))).toBe('Voice call, 4:12');
  expect(callSentence(call({ durationMs: 61_000, hasVideo: true }))).toBe('Video call, 1:01');
});

it('says what became of one that nobody took', () => {
  expect(callSentence(call({ outcome: 'unanswered' }))).toBe('Voice call, no answer');
  expect(callSentence(call({ outcome: 'unanswered', isIncoming: true, isMissed: true }))).toBe(
    'Missed voice call',
  );
  expect(callSentence(call({ outcome: 'cancelled', isIncoming: true, isMissed: true, hasVideo: true }))).toBe(
    'Missed video call',
  );
  expect(callSentence(call({ outcome: 'declined', isIncoming: true }))).toBe('Voice call declined');
  expect(callSentence(call({ outcome: 'busy' }))).toBe('Voice call, was busy');
});

it('says that it rings or goes on', () => {
  expect(callSentence(call({ outcome: 'ringing' }))).toBe('Voice call, rings');
  expect(callSentence(call({ outcome: 'ongoing', hasVideo: true }))).toBe('Video call, goes on');
});
