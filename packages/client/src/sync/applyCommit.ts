import type { DeviceRef, Policy, PolicyChange } from '@sotto/crypto';
import type { DeviceId } from '@sotto/protocol';
import { applyRemoval, type CallScene } from '../calls/applyCall.ts';
import { deleteTimerWish, readTimerWish } from '../disappearing/timerWishTable.ts';
import { applyGroupRemoval, breakOffGroupCalls } from '../groupCalls/applyGroupCall.ts';
import { noteLogMissed } from '../groupCalls/missedCallsTable.ts';
import { applyGroupEffect } from '../groups/applyGroupEffect.ts';
import { enterGroup } from '../groups/enterGroup.ts';
import {
  type ChangeRow,
  deleteGroupChange,
  deleteGroupChanges,
  findGroupChange,
} from '../groups/groupChangeTable.ts';
import { noteUnwanted, readGroupRules, storeGroupEnd, tellTitle } from '../groups/groupInfoTable.ts';
import { deletePending, readPending } from '../groups/groupTable.ts';
import { linkOf } from '../groups/inviteLink.ts';
import { storeInviteLink } from '../groups/inviteTable.ts';
import { noteAnswer } from '../groups/joinRequestTable.ts';
import { noteShare } from '../groups/shareTable.ts';
import { givenBeside } from '../history/deposits.ts';
import { insertEpochKey } from '../history/epochKeyTable.ts';
import { groupNotice } from '../messages/groupNotice.ts';
import { checkRejoined, noteOwnChange, settleChosen } from '../policy/historyChoice.ts';
import { policyNotice } from '../policy/policyNotice.ts';
import type { EntryScene } from './entryScene.ts';
import type { EntryEffect } from './readEntries.ts';

/** Every device of the account tells the same, so that one of them is enough. */
const titleDelayMs = 5_000;
/** In larger groups the thread does not tell of members' devices. */
const toldOfDevices = 32;

type Effect<Kind extends EntryEffect['kind']> = EntryEffect & { readonly kind: Kind };

export function applyOwnCommit(scene: EntryScene, effect: Effect<'ownCommit'>): void {
  const { device, sql, changes, draft } = scene;
  const { accountId, deviceId } = device.self;
  if (effect.epochKey !== null) insertEpochKey(sql, effect.epochKey);
  const given = givenBeside(readPending(sql, draft.key)?.deposits ?? null, scene.entry.epoch);
  deletePending(sql, draft.key);
  draft.state = 'ready';
  draft.broken = false;
  draft.timerSeconds = effect.policy.timerSeconds;
  if (effect.policy.kind === 'group') enterGroup(sql, draft, effect.policy);
  applyToGroup(scene, effect, true);
  endCalls(scene, effect.devices);
  noteShares(scene, effect, given);
  const fulfilled = effect.changeId === null ? null : findGroupChange(sql, effect.changeId);
  if (fulfilled !== null) fulfil(scene, fulfilled);
  switch (effect.purpose) {
    case 'create':
      if (!tellGroup(scene, effect, device.self)) scene.notice('conversationStarted', accountId, deviceId);
      return;
    case 'group':
      tellGroup(scene, effect, device.self);
      if (effect.events.some(({ kind }) => kind === 'left')) leaveHere(scene);
      return;
    case 'join':
      noteLogMissed(sql, draft.key, device.serverClock.nowMs());
      scene.notice('joinedLate', accountId, deviceId);
      return;
    case 'heal':
      // What was said since it broke was not read.
      breakOffGroupCalls(sceneOf(scene), { kind: 'lost' });
      noteLogMissed(sql, draft.key, device.serverClock.nowMs());
      checkRejoined(sql, draft, accountId, effect.policyBefore, effect.policy);
      scene.notice('healed', accountId, deviceId);
      return;
    case 'policy':
      if (effect.policyChange === null) return;
      if (effect.policyChange.kind === 'history') {
        settleChosen(sql, draft, !effect.policyChange.on);
        changes.historyChoice();
      } else if (readTimerWish(sql, draft.key)?.seconds === effect.policyChange.seconds) {
        deleteTimerWish(sql, draft.key);
      }
      tellPolicy(scene, effect.policyChange, effect.policy, device.self);
      return;
    case 'remove':
      return;
  }
}

export function applyForeignCommit(scene: EntryScene, effect: Effect<'commit'>): void {
  const { device, sql, draft, entry } = scene;
  if (effect.epochKey !== null) insertEpochKey(sql, effect.epochKey);
  // The epoch moved on without an own pending commit: that one is refused (whatever the server said of it), and
  // made anew where still needed.
  deletePending(sql, draft.key);
  draft.timerSeconds = effect.policy.timerSeconds;
  applyToGroup(scene, effect, false);
  endCalls(scene, effect.devices);
  if (tellGroup(scene, effect, effect.by)) {
    const hasLeft = effect.by.accountId === device.self.accountId && isLeaving(effect);
    if (hasLeft) leaveHere(scene);
    return;
  }
  if (effect.policyChange !== null) {
    const { accountId } = effect.by;
    const atMs = Math.min(entry.acceptedAtMs, device.clock.now());
    const isOwnChoice = effect.policyChange.kind === 'history' && accountId === device.self.accountId;
    if (isOwnChoice) noteOwnChange(sql, draft.key, atMs);
    tellPolicy(scene, effect.policyChange, effect.policy, effect.by);
    return;
  }
  if (effect.policy.accountIds.length > toldOfDevices) return;
  const returned = new Set(effect.left.map((member) => member.deviceId));
  const joined = effect.joined.find((member) => !returned.has(member.deviceId));
  const stayed = new Set(effect.joined.map((member) => member.deviceId));
  const left = effect.left.find((member) => !stayed.has(member.deviceId));
  if (joined !== undefined) scene.notice('deviceJoined', joined.accountId, joined.deviceId);
  else if (left !== undefined) scene.notice('deviceLeft', left.accountId, left.deviceId);
}

export function applySelfRemoved(scene: EntryScene, { by }: Effect<'selfRemoved'>): void {
  const { device, sql, draft } = scene;
  const { accountId, deviceId } = device.self;
  draft.state = 'removed';
  deletePending(sql, draft.key);
  if (draft.kind === 'direct') endCalls(scene, new Set());
  else breakOffGroupCalls(sceneOf(scene), { kind: 'removed' });
  const rules = readGroupRules(sql, draft.key);
  if (rules === null) {
    scene.notice('deviceLeft', accountId, deviceId);
    return;
  }
  // That it left was told when it said so.
  const hasLeft = rules.leavingIds.includes(accountId);
  storeGroupEnd(sql, draft.key, hasLeft ? 'left' : 'removed');
  deleteGroupChanges(sql, draft.key);
  if (hasLeft) return;
  const detail = groupNotice([{ kind: 'removed', accountIds: [accountId] }]);
  scene.add({ bodyKind: 'notice', detail, senderId: by.accountId, senderDevice: by.deviceId });
}

/** Calls of devices that are not in the conversation any more are over. */
function endCalls(scene: EntryScene, devices: ReadonlySet<DeviceId>): void {
  const apply = scene.draft.kind === 'direct' ? applyRemoval : applyGroupRemoval;
  apply(sceneOf(scene), (id) => devices.has(id), scene.entry.acceptedAtMs);
}

function sceneOf({ device, sql, changes, draft }: EntryScene): CallScene {
  return { device, sql, changes, row: draft };
}

function isLeaving({ group }: Effect<'commit'>): boolean {
  return group?.changes.some(({ kind }) => kind === 'left') === true;
}

/** The account said that it leaves: nothing more is read, and whatever others do until this device is taken out is theirs. */
function leaveHere(scene: EntryScene): void {
  const { sql, draft } = scene;
  draft.state = 'removed';
  breakOffGroupCalls(sceneOf(scene), { kind: 'left' });
  storeGroupEnd(sql, draft.key, 'left');
  deleteGroupChanges(sql, draft.key);
  deletePending(sql, draft.key);
}

function fulfil({ sql, draft }: EntryScene, { changeId, change }: ChangeRow): void {
  deleteGroupChange(sql, changeId);
  if (change.kind === 'leave' && change.forgets) noteUnwanted(sql, draft.key);
  if (change.kind === 'invite') {
    storeInviteLink(sql, draft.key, change.inviteId, linkOf(draft, change));
  }
  if (change.kind === 'add' && change.proof !== undefined) {
    for (const accountId of change.accountIds) noteAnswer(sql, draft.key, accountId, true);
  }
}

/** Who comes to a group that shows what was said before is given the keys of that, where they were not beside the commit. */
function noteShares(
  { sql, draft, entry }: EntryScene,
  { events, policy }: Effect<'ownCommit'>,
  given: ReadonlySet<string>,
): void {
  if (policy.kind !== 'group' || !policy.sharesHistory || events.some(({ kind }) => kind === 'created'))
    return;
  for (const event of events) {
    if (event.kind !== 'added' && event.kind !== 'joinedByLink') continue;
    for (const accountId of event.accountIds) {
      if (!given.has(accountId)) noteShare(sql, draft.key, accountId, entry.epoch + 1n);
    }
  }
}

type GroupPart = Pick<Effect<'commit'>, 'group' | 'policy'>;

function applyToGroup(scene: EntryScene, { group, policy }: GroupPart, isOwn: boolean): void {
  const { device, sql, draft, entry } = scene;
  if (group === null || policy.kind === 'direct') return;
  applyGroupEffect(sql, draft.key, policy, group, { seq: entry.seq, isOwn });
  tellTitle(sql, draft, device.clock.now() + titleDelayMs);
}

function tellPolicy(scene: EntryScene, change: PolicyChange, policy: Policy, by: DeviceRef): void {
  const detail = policyNotice(change, policy);
  scene.add({ bodyKind: 'notice', detail, senderId: by.accountId, senderDevice: by.deviceId });
}

/** The line of what was done to a group; false where there is nothing to tell. */
function tellGroup(scene: EntryScene, { group }: GroupPart, by: DeviceRef): boolean {
  if (group === null || group.changes.length === 0) return false;
  const detail = groupNotice(group.changes);
  scene.add({ bodyKind: 'notice', detail, senderId: by.accountId, senderDevice: by.deviceId });
  return true;
}
