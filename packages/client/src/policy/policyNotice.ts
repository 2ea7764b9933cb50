import { isHistoryOn, type Policy, type PolicyChange } from '@sotto/crypto';
import type { NoticeKind } from '../messages/notice.ts';

/** What the thread says of a change of the policy. `policy`: the one after it. */
export function policyNotice(change: PolicyChange, policy: Policy): NoticeKind {
  if (!change.on) return 'historyOff';
  return isHistoryOn(policy) ? 'historyOn' : 'historyStaysOff';
}
