import { isHistoryOn, type Policy, type PolicyChange } from '@sotto/crypto';
import { timerNotice } from '../disappearing/timerNotice.ts';
import type { NoticeKind } from '../messages/notice.ts';

/** What the thread says of a change of the policy: a notice's detail. `policy`: the one after it. */
export function policyNotice(change: PolicyChange, policy: Policy): string {
  return change.kind === 'timer' ? timerNotice(change.seconds) : historyNotice(change.on, policy);
}

function historyNotice(on: boolean, policy: Policy): NoticeKind {
  if (!on) return 'historyOff';
  return isHistoryOn(policy) ? 'historyOn' : 'historyStaysOff';
}
