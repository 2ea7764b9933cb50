import { describe, expect, it, vi } from 'vitest';
import type { AccountId, CallId, ConversationId, SottoApi } from '../sotto.ts';
import { makeGuestCall } from './makeGuestCall.ts';

const from = '11'.repeat(16) as CallId;
const toCallId = '22'.repeat(16) as CallId;
const group = '33'.repeat(16) as ConversationId;
const made = { callId: toCallId, link: 'abc' };
const call = { title: 'Call: Rowing', memberIds: ['44'.repeat(16) as AccountId], hasVideo: true };

/** An engine of which these commands are refused, or fail. */
function engine(refused: readonly string[], failing: readonly string[] = []) {
  const done: string[] = [];
  const command = (name: string, value: unknown) =>
    vi.fn(async () => {
      done.push(name);
      if (failing.includes(name)) throw new Error('gone');
      return refused.includes(name)
        ? { kind: 'problem', problem: { kind: 'offline' } }
        : { kind: 'ok', value };
    });
  const names = ['createGroupInvite', 'controlGroupCall', 'deleteGroup', 'forgetConversation'];
  const sotto = {
    ...Object.fromEntries(names.map((name) => [name, command(name, null)])),
    createGroup: command('createGroup', group),
    startGroupCall: command('startGroupCall', { callId: toCallId }),
    watch: (_view: unknown, listener: (details: unknown) => void) => {
      queueMicrotask(() => listener({ group: { invites: [{ link: 'abc' }] } }));
      return () => {};
    },
  };
  return { sotto: sotto as unknown as SottoApi, done };
}

describe('a group for a call with guests', () => {
  it('has its link before the call goes there', async () => {
    const { sotto, done } = engine([]);
    expect(await makeGuestCall(sotto, from, call, null)).toEqual({ made, left: null });
    expect(done).toEqual(['createGroup', 'createGroupInvite', 'startGroupCall', 'controlGroupCall']);
  });

  it.each(['createGroupInvite', 'startGroupCall', 'controlGroupCall'])(
    'is gone again where %s fails',
    async (name) => {
      for (const { sotto, done } of [engine([name]), engine([], [name])]) {
        expect(await makeGuestCall(sotto, from, call, null)).toEqual({ made: null, left: null });
        expect(done.slice(-3)).toEqual([name, 'deleteGroup', 'forgetConversation']);
      }
    },
  );

  it('is used by the next attempt where it cannot be taken back', async () => {
    const offline = engine(['startGroupCall', 'deleteGroup']);
    expect(await makeGuestCall(offline.sotto, from, call, null)).toEqual({ made: null, left: group });
    const { sotto, done } = engine([]);
    expect(await makeGuestCall(sotto, from, call, group)).toEqual({ made, left: null });
    expect(done).not.toContain('createGroup');
    expect(await makeGuestCall(engine(['createGroup']).sotto, from, call, null)).toEqual({
      made: null,
      left: null,
    });
  });
});
