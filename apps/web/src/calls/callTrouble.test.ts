import { describe, expect, it } from 'vitest';
import { deviceSentence, endedWords, refusalSentence, troubleSentence } from './callTrouble.ts';

describe('what is the matter with a call', () => {
  it('is said for each device, with what to do', () => {
    expect(deviceSentence('microphone', 'permissionDenied')).toContain('may not use your microphone');
    expect(deviceSentence('camera', 'noDevice')).toContain('No camera was found');
    expect(deviceSentence('camera', 'inUse')).toContain('Another program');
    expect(troubleSentence({ kind: 'deviceLost', device: 'microphone', replacedBy: 'other' })).toContain(
      'Another one is used',
    );
    expect(troubleSentence({ kind: 'deviceLost', device: 'microphone', replacedBy: null })).toContain(
      'cannot hear you',
    );
  });

  it('is said for what the engine refuses', () => {
    expect(refusalSentence({ kind: 'inCall' })).toContain('in a call already');
    expect(refusalSentence({ kind: 'offline' })).toContain('cannot be reached');
    expect(refusalSentence({ kind: 'tooLarge', limit: 1 })).toContain('Try again');
  });
});

describe('what is told after a call', () => {
  it('says how long it took', () => {
    expect(endedWords({ kind: 'hungUpByOther' }, 'jonas', 65_000)).toMatchObject({
      title: 'Call ended after 1:05',
      kind: 'brief',
    });
    expect(endedWords({ kind: 'hungUp' }, 'jonas', null).title).toBe('Call cancelled');
  });

  it('offers to call again where that may help', () => {
    expect(endedWords({ kind: 'noAnswer' }, 'jonas', null)).toMatchObject({
      title: 'jonas did not answer',
      kind: 'again',
    });
    expect(endedWords({ kind: 'busy' }, 'jonas', null).kind).toBe('again');
    expect(endedWords({ kind: 'insecure' }, 'jonas', null).kind).toBe('stays');
  });
});
