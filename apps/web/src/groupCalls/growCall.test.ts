import type { CallSession } from '@sotto/sdk/calls';
import type { GroupCallEnding, GroupCallState, GroupCalls } from '@sotto/sdk/groupCalls';
import { describe, expect, it, vi } from 'vitest';
import type { ConversationId, SottoApi } from '../sotto.ts';
import { provideGroupCalls } from './groupCallsOfPage.ts';
import { growCall } from './growCall.ts';

const made = '33'.repeat(16) as ConversationId;
const group = {
  name: 'jonas and wren',
  description: '',
  photo: new Uint8Array(),
  memberIds: [],
  sharesHistory: false,
};

/** A page in a call of two, of which `during` is done while the group is made. */
function page(during: (session: { state: { phase: { kind: string } } }) => void = () => {}) {
  const done: string[] = [];
  const session = { state: { phase: { kind: 'connected' } } };
  let tell: (state: Pick<GroupCallState, 'phase' | 'connectedAtMs'>) => void = () => {};
  const command = (name: string) =>
    vi.fn(async () => {
      done.push(name);
      return { kind: 'ok', value: null };
    });
  const sotto = {
    createGroup: async () => {
      done.push('createGroup');
      during(session);
      return { kind: 'ok', value: made };
    },
    deleteGroup: command('deleteGroup'),
    forgetConversation: command('forgetConversation'),
  };
  const grown = {
    watch: (listener: typeof tell) => {
      tell = listener;
      listener({ phase: { kind: 'connecting' }, connectedAtMs: null });
    },
  };
  const calls = {
    grow: () => {
      done.push('grow');
      return grown;
    },
  };
  const end = (ending: GroupCallEnding, connectedAtMs: number | null): void =>
    tell({ phase: { kind: 'ended', ending }, connectedAtMs });
  provideGroupCalls(async () => calls as unknown as GroupCalls);
  return { sotto: sotto as unknown as SottoApi, session: session as unknown as CallSession, done, end };
}

describe('a call of two that grows', () => {
  it('leaves no group behind where the group call was never connected', async () => {
    const failed = page();
    await growCall(failed.sotto, failed.session, group, () => true);
    expect(failed.done).toEqual(['createGroup', 'grow']);
    failed.end({ kind: 'notConnected' }, null);
    await vi.waitFor(() =>
      expect(failed.done).toEqual(['createGroup', 'grow', 'deleteGroup', 'forgetConversation']),
    );
    for (const [kind, connectedAtMs] of [
      ['left', 1],
      ['movedElsewhere', null],
    ] as const) {
      const went = page();
      await growCall(went.sotto, went.session, group, () => true);
      went.end({ kind }, connectedAtMs);
      expect(went.done).toEqual(['createGroup', 'grow']);
    }
  });

  it('goes no further once it was given up or is over', async () => {
    let isWanted = true;
    const cancelled = page(() => {
      isWanted = false;
    });
    await growCall(cancelled.sotto, cancelled.session, group, () => isWanted);
    const over = page((session) => {
      session.state = { phase: { kind: 'ended' } };
    });
    await growCall(over.sotto, over.session, group, () => true);
    for (const { done } of [cancelled, over]) {
      expect(done).toEqual(['createGroup', 'deleteGroup', 'forgetConversation']);
    }
  });

  it('makes no group where group calls cannot be fetched', async () => {
    const { sotto, session, done } = page();
    provideGroupCalls(() => Promise.reject(new Error('offline')));
    const outcome = await growCall(sotto, session, group, () => true);
    expect(outcome).toEqual({ kind: 'problem', problem: { kind: 'offline' } });
    expect(done).toEqual([]);
  });
});
