import { erasePendingCommit, joinExternally, type Policy } from '@sotto/crypto';
import { type AccountId, idToBytes, limits, Connection as Methods } from '@sotto/protocol';
import { canBeWith, isOwnMaking, isPartyKnown, partyOf } from '../conversations/conversationPeer.ts';
import {
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { memberIds } from '../conversations/members.ts';
import { afterError, tryLater, type WorkResult } from '../conversations/workResult.ts';
import { cryptoContext, type DeviceContext } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { enterGroup } from './enterGroup.ts';
import { deleteGroupChanges } from './groupChangeTable.ts';
import { storeGroupEnd } from './groupInfoTable.ts';
import { deleteGroup } from './groupTable.ts';
import { makeCommit } from './makeCommit.ts';
import { forgetRefusedCommit, mayRejoin } from './refusedCommit.ts';

const refusedDelayMs = 60_000;

/**
 * Joins by a commit of one's own: a new device of a member account (`join`), or one whose group could not follow
 * the log (`heal`; at most once per epoch of the server, spec/sync.md §Healing).
 */
export async function joinConversation(
  device: DeviceContext,
  row: ConversationRow,
  purpose: 'join' | 'heal',
): Promise<WorkResult> {
  const { key, logId } = row;
  if (logId === null) return { kind: 'idle' };
  // What the commit deposits is to be sealed to the accounts as they are now, past devices that were removed.
  const [info, refreshed] = await Promise.all([
    device.connection.call(Methods.method.getGroupInfo, { conversationId: idToBytes(logId) }),
    refreshNow(device, row),
  ]);
  if (info.kind === 'lost') return { kind: 'idle' };
  if (refreshed === null) return tryLater;
  if (info.kind === 'error') {
    const isOut = info.error.code === 'not_a_member' && row.kind === 'group' && purpose === 'join';
    return isOut ? endAsRemoved(device, row) : afterError(info.error);
  }
  const { groupInfo, ratchetTree } = info.value;
  const epoch = Number(info.value.epoch);
  if (groupInfo.length > limits.groupInfoSizeBytes || ratchetTree.length > limits.ratchetTreeSizeBytes) {
    return { kind: 'pause', delayMs: refusedDelayMs };
  }
  const own = device.database.read((sql) =>
    device.groups.look(sql, key, (group) => group && Number(group.epoch)),
  );
  if (purpose === 'join' && own === epoch) {
    await readOn(device, row);
    return { kind: 'again' };
  }
  if (purpose === 'heal') {
    // What stands between may be a commit that breaks the rules: what came of it is judged once that was read.
    if (own !== null && row.cursor < Number(info.value.headSeq)) return tryLater;
    if (own === epoch) {
      // The group is where the server is: what could not be read spoke of an epoch that is not there.
      await setBroken(device, row, false, row.healedEpoch);
      return { kind: 'again' };
    }
    if (row.healedEpoch >= epoch) return { kind: 'idle' };
  }
  const made = await makeCommit(device, key, purpose, {
    refreshed,
    make: async (step, lookups) => {
      const joined = await joinExternally(
        cryptoContext(device),
        device.self,
        { conversationId: logId, groupInfo, ratchetTree },
        lookups,
      );
      if (joined.kind === 'refused') return joined;
      // Also the chains of those without a device in the group: what the commit deposits is for them as well.
      for (const accountId of joined.next.policy.accountIds) await lookups.chainOf(accountId, 0);
      if (lookups.missing.size > 0) {
        erasePendingCommit(joined, null);
        return { kind: 'refused', reason: 'chain_unavailable' };
      }
      const refused = step.read((sql) => {
        const present = conversationByKey(sql, key);
        const party = partyOf(device, joined.next.policy);
        if (present === null || !canBeWith(sql, present, party)) return 'wrong_conversation';
        if (party !== null && !isPartyKnown(device, party)) return 'chain_unavailable';
        if (!mayRejoin(sql, device.self.accountId, present, joined.next.policy)) return 'policy_changed';
        // Back to an epoch that is over, those who were removed since would be in again.
        const group = device.groups.get(sql, key);
        return group !== null && joined.epoch <= group.epoch ? 'stale_epoch' : null;
      });
      const { policy } = joined.next;
      const hasLeft = policy.kind === 'group' && policy.leavingIds.includes(device.self.accountId);
      if (refused === null && !hasLeft) return joined;
      erasePendingCommit(joined, null);
      if (refused === null) {
        await endAsLeft(device, step, row, policy);
        return null;
      }
      return { kind: 'refused', reason: refused };
    },
  });
  if (made === 'made' || made === 'superseded') return { kind: 'again' };
  if (made === 'offline') return tryLater;
  if (purpose === 'heal') await setBroken(device, row, true, epoch);
  else if (made.reason === 'wrong_conversation' && isOwnMaking(row)) await detach(device, row);
  return { kind: 'pause', delayMs: refusedDelayMs };
}

/** The account was taken out before this device had joined: should it come back, the list says so. */
async function endAsRemoved(device: DeviceContext, row: ConversationRow): Promise<WorkResult> {
  await device.steps.run((step) =>
    step.commit((sql, changes) => {
      storeGroupEnd(sql, row.key, 'removed');
      deleteGroupChanges(sql, row.key);
      updateConversation(sql, row.key, { state: 'removed' });
      changes.conversation(row.conversationId);
    }),
  );
  return { kind: 'again' };
}

/** The account said that it leaves, and is still to be taken out: none of its devices comes to the group any more. */
async function endAsLeft(
  device: DeviceContext,
  step: Step,
  row: ConversationRow,
  policy: Policy,
): Promise<void> {
  await step.commit((sql, changes) => {
    enterGroup(sql, row, policy);
    storeGroupEnd(sql, row.key, 'left');
    deleteGroupChanges(sql, row.key);
    deleteGroup(sql, row.key);
    updateConversation(sql, row.key, { state: 'removed', broken: false, ...partyOf(device, policy) });
    changes.conversation(row.conversationId);
  });
  device.groups.dropped(row.key);
}

/**
 * Of direct conversations both accounts; of a group its own, and once on each connection those that are known to be
 * members: who else is one, the group tells. Null where they cannot be asked for.
 */
async function refreshNow(device: DeviceContext, row: ConversationRow): Promise<Set<AccountId> | null> {
  const { accountId } = device.self;
  const now = row.peerId === null ? [accountId] : [accountId, row.peerId];
  if (!(await device.directory.refresh(new Set(now)))) return null;
  if (row.kind === 'direct') return new Set(now);
  const members = device.database.read((sql) => memberIds(sql, accountId, row));
  return (await device.directory.fetchAllOnce(members)) ? new Set([...now, ...members]) : null;
}

/** This device is in the group, and was not taken out: its log is asked for again. */
async function readOn(device: DeviceContext, row: ConversationRow): Promise<void> {
  await device.steps.run((step) =>
    step.commit((sql, changes) => {
      updateConversation(sql, row.key, { state: 'ready' });
      changes.conversation(row.conversationId);
    }),
  );
  await device.sync.subscribe(row.key);
}

/** The log is another conversation's, whatever the server says: this one waits for its own. */
async function detach(device: DeviceContext, row: ConversationRow): Promise<void> {
  await device.steps.run((step) =>
    step.commit((sql, changes) => {
      updateConversation(sql, row.key, { logId: null, state: 'waiting' });
      changes.conversation(row.conversationId);
    }),
  );
}

async function setBroken(
  device: DeviceContext,
  row: ConversationRow,
  broken: boolean,
  healedEpoch: number,
): Promise<void> {
  await device.steps.run((step) =>
    step.commit((sql, changes) => {
      updateConversation(sql, row.key, { broken, healedEpoch });
      if (!broken) forgetRefusedCommit(sql, row);
      changes.conversation(row.conversationId);
    }),
  );
}
