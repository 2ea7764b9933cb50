import type { CallScene } from '../calls/applyCall.ts';
import { groupEndOf, sayToGroup, storeCall } from './applyGroupCall.ts';
import { takeGroupBack } from './groupCallItem.ts';
import { type GroupCallState, withoutOwn } from './groupCallState.ts';

/** This device says that it leaves, and that the call is over where nobody else is in it; others learn it from the log. */
export function leaveIn(scene: CallScene, state: GroupCallState, serverNowMs: number): void {
  const { own, log, callId } = state;
  const { key } = scene.row;
  if (own === null) return;
  const isUntold = takeGroupBack(scene.sql, key, callId);
  storeCall(scene, withoutOwn(state, { kind: 'left' }));
  const { accountId, deviceId } = scene.device.self;
  // A join before this one may stand in the log still.
  const joins = new Set(log?.members.filter((one) => one.deviceId === deviceId).map(({ joinId }) => joinId));
  if (!isUntold) joins.add(own.joinId);
  for (const joinId of joins) sayToGroup(scene, key, { kind: 'leave', callId, joinId });
  const others = log?.members.filter(({ joinId }) => !joins.has(joinId)) ?? [];
  if (log === null || others.length > 0) return;
  // Who began it is about to join.
  if (joins.size === 0 && state.beginning?.accountId !== accountId) return;
  const tookPart = log.tookPart.includes(accountId) ? log.tookPart : [...log.tookPart, accountId];
  sayToGroup(scene, key, groupEndOf({ ...state, log: { ...log, tookPart } }, serverNowMs));
}
