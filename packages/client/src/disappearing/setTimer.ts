import { isTimer } from '@sotto/crypto';
import type { ConversationId } from '@sotto/protocol';
import type { Outcome } from '../api.ts';
import type { TimerProblem } from '../apiDisappearing.ts';
import { findConversation, updateConversation } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { mayInGroup, readGroupEnd, readGroupRules } from '../groups/groupInfoTable.ts';
import { readPending } from '../groups/groupTable.ts';
import { changeItem, everywhere, findOwnItem, nextChangeMs } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';
import { deleteTimerWish, storeTimerWish } from './timerWishTable.ts';

type Asked = Promise<Outcome<null, TimerProblem>>;

const problem = (kind: TimerProblem['kind']) => ({ kind: 'problem', problem: { kind } }) as const;
const done = { kind: 'ok', value: null } as const;

/** Stores what the user wants; the conversation's work puts it into the policy. One that waits to be made begins with it. */
export async function setTimer(
  device: DeviceContext,
  conversationId: ConversationId,
  seconds: number,
): Asked {
  if (!isTimer(seconds)) return problem('outOfRange');
  const { accountId } = device.self;
  return device.steps.run(async (step): Asked => {
    const { row, ended, rules } = step.read((sql) => {
      const found = findConversation(sql, conversationId);
      return {
        row: found,
        ended: found === null ? null : readGroupEnd(sql, accountId, found.key),
        rules: found === null ? null : readGroupRules(sql, found.key),
      };
    });
    if (row === null) return problem('unknownConversation');
    if (ended !== null || row.state === 'removed') return problem('ended');
    if (rules !== null && !mayInGroup(rules, accountId, 'setTimer')) return problem('notAllowed');
    await step.commit((sql, changes) => {
      if (row.state === 'waiting') updateConversation(sql, row.key, { timerSeconds: seconds });
      // One that waits may turn out to have been begun elsewhere, under another timer; and a commit on its way may change it.
      const isSettled = row.state !== 'waiting' && readPending(sql, row.key) === null;
      if (isSettled && row.timerSeconds === seconds) deleteTimerWish(sql, row.key);
      else storeTimerWish(sql, row.key, { seconds, problem: null });
      changes.conversation(conversationId);
    });
    device.wake(row.key);
    return done;
  });
}

/** What new conversations of the account begin with. */
export function defaultTimer(sql: Sql): number {
  return findOwnItem(sql, everywhere)?.state.timer.seconds ?? 0;
}

export async function setDefaultTimer(device: DeviceContext, seconds: number): Asked {
  if (!isTimer(seconds)) return problem('outOfRange');
  await device.steps.run((step) =>
    step.commit((sql) => {
      const nowMs = device.clock.now();
      const timer = { changedAtMs: nextChangeMs(sql, nowMs), seconds };
      changeItem(sql, everywhere, { timer }, nowMs);
    }),
  );
  device.ownState.wake();
  return done;
}
