/** What the log says of one call of a group, the same on every device that has read it. Byte strings are hexadecimal. */
import { type DeviceRef, maxStep } from '@sotto/crypto';
import type { AccountId, CallId, ConversationId, DeviceId } from '@sotto/protocol';
import type { GroupCallMedia } from '../apiGroupCalls.ts';

export interface GroupCallBeginning extends DeviceRef {
  readonly seq: number;
  /** Of the server. */
  readonly atMs: number;
  readonly hasVideo: boolean;
  readonly rings: boolean;
  /** Of its line, once the call is over. */
  readonly timerSeconds: number;
}

export interface GroupCallLog {
  readonly nextOrdinal: number;
  /** By ordinal. */
  readonly members: readonly GroupCallMember[];
  readonly tookPart: readonly AccountId[];
  /** How many joins of each of those counted, in the same order. */
  readonly joinCounts: readonly number[];
  /** By a host. */
  readonly removed: readonly AccountId[];
  readonly isLocked: boolean;
  /** The newest; null: there are none yet. */
  readonly keys: { readonly generation: number; readonly step: number } | null;
  /** One who was given these keys is gone. */
  readonly needsRenewal: boolean;
  /** Since when nobody is in it; null: somebody is. */
  readonly emptySinceMs: number | null;
  readonly movedTo: { readonly conversationId: ConversationId; readonly callId: CallId } | null;
}

/** One stay of one device. */
export interface GroupCallMember extends DeviceRef {
  readonly ordinal: number;
  readonly joinId: string;
  readonly shareKey: string;
  readonly media: GroupCallMedia;
  readonly revision: number;
  /** The entry by which its hand was raised. */
  readonly handSeq: number | null;
  readonly hasKeys: boolean;
  /** Keys of this join's that nobody needed, as far as the log shows. */
  readonly needlessKeys: number;
  readonly wantsRoster: boolean;
}

/** As one of those in it tells it to who came later. */
export interface GroupCallRoster extends Omit<GroupCallLog, 'emptySinceMs' | 'movedTo'> {
  /** It says what the log says up to this entry. */
  readonly upToSeq: number;
  readonly start: GroupCallBeginning;
}

export const emptyLog: GroupCallLog = {
  nextOrdinal: 0,
  members: [],
  tookPart: [],
  joinCounts: [],
  removed: [],
  isLocked: false,
  keys: null,
  needsRenewal: false,
  emptySinceMs: null,
  movedTo: null,
};

export function memberOf(log: GroupCallLog, joinId: string, deviceId: DeviceId): GroupCallMember | null {
  return log.members.find((member) => member.joinId === joinId && member.deviceId === deviceId) ?? null;
}

/** Another join of the account counts. */
export function withJoinOf(
  log: GroupCallLog,
  accountId: AccountId,
): Pick<GroupCallLog, 'tookPart' | 'joinCounts'> {
  const at = log.tookPart.indexOf(accountId);
  const tookPart = at < 0 ? [...log.tookPart, accountId] : log.tookPart;
  return {
    tookPart,
    joinCounts: tookPart.map((id, place) => (log.joinCounts[place] ?? 0) + (id === accountId ? 1 : 0)),
  };
}

/** Whether keys of the next step would not do. */
export function needsGeneration({ keys, members, needsRenewal }: GroupCallLog): boolean {
  return keys === null || needsRenewal || keys.step >= maxStep || !members.some(({ hasKeys }) => hasKeys);
}

export const changed = (log: GroupCallLog, member: GroupCallMember): GroupCallLog => ({
  ...log,
  members: log.members.map((one) => (one.ordinal === member.ordinal ? member : one)),
});

/** Some left; null: nobody did. Who had the keys is to have no later ones. */
export function without(
  log: GroupCallLog,
  isGone: (member: GroupCallMember) => boolean,
  atMs: number,
): GroupCallLog | null {
  const gone = log.members.filter(isGone);
  if (gone.length === 0) return null;
  const members = log.members.filter((member) => !isGone(member));
  return {
    ...log,
    members,
    needsRenewal: log.needsRenewal || gone.some(({ hasKeys }) => hasKeys),
    emptySinceMs: members.length === 0 ? atMs : null,
  };
}
