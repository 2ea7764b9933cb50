/**
 * The call as one of those in it tells it, on a device that has not read the log since the start (spec/groupCalls.md, "Who came
 * later"). Invariant: what a roster says of entries that this device has read itself is read again from them.
 */
import type { DeviceRef } from '@sotto/crypto';
import { memberOf } from './groupCallLog.ts';
import type { GroupCallMessage, GroupCallMessageOf } from './groupCallMessage.ts';
import { type GroupCallState, type SaidIn, withoutOwn } from './groupCallState.ts';

type Reduce = (
  state: GroupCallState,
  message: GroupCallMessage,
  entry: SaidIn,
  self: DeviceRef,
) => GroupCallState | null;

/** Null: it has no roster, or one that leaves out what this device has not read. */
export function adoptRoster(
  state: GroupCallState,
  message: GroupCallMessageOf<'keys'>,
  entry: SaidIn,
  self: DeviceRef,
  reduce: Reduce,
): GroupCallState | null {
  const { roster } = message;
  if (roster === null || roster.upToSeq >= entry.seq || roster.start.seq > roster.upToSeq) return null;
  const firstSeq = state.since[0]?.entry.seq ?? entry.seq;
  if (roster.upToSeq < firstSeq - 1) return null;
  const { upToSeq, start, ...log } = roster;
  if (state.beginning !== null && state.beginning.seq !== start.seq) return null;
  let next: GroupCallState = {
    ...state,
    beginning: state.beginning ?? start,
    log: { ...log, emptySinceMs: log.members.length === 0 ? start.atMs : null, movedTo: null },
    since: [],
    isTaken: state.isTaken || log.tookPart.includes(self.accountId),
  };
  if (next.own !== null && next.log !== null) {
    const member = memberOf(next.log, next.own.joinId, self.deviceId);
    if (member !== null) next = { ...next, own: { ...next.own, state: 'in', ordinal: member.ordinal } };
  }
  for (const said of state.since) {
    if (said.entry.seq > upToSeq) next = reduce(next, said.message, said.entry, self) ?? next;
  }
  next = reduce(next, message, entry, self) ?? next;
  const { own } = next;
  if (own !== null && own.state === 'in' && next.log !== null) {
    if (memberOf(next.log, own.joinId, self.deviceId) === null) return withoutOwn(next, { kind: 'lost' });
  }
  return next;
}
