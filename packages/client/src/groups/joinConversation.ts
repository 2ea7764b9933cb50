import { erasePendingCommit, joinExternally } from '@sotto/crypto';
import { idToBytes, limits, Connection as Methods } from '@sotto/protocol';
import { canBeWith, isOwnMaking, peerOf } from '../conversations/conversationPeer.ts';
import {
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { afterError, tryLater, type WorkResult } from '../conversations/workResult.ts';
import { cryptoContext, type DeviceContext } from '../device/deviceContext.ts';
import { makeCommit } from './makeCommit.ts';

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
  const [info, isRefreshed] = await Promise.all([
    device.connection.call(Methods.method.getGroupInfo, { conversationId: idToBytes(logId) }),
    device.directory.refresh(new Set([device.self.accountId, row.peerId])),
  ]);
  if (info.kind === 'lost') return { kind: 'idle' };
  if (!isRefreshed) return tryLater;
  if (info.kind === 'error') return afterError(info.error);
  const { groupInfo, ratchetTree } = info.value;
  const epoch = Number(info.value.epoch);
  if (groupInfo.length > limits.groupInfoSizeBytes || ratchetTree.length > limits.ratchetTreeSizeBytes) {
    return { kind: 'pause', delayMs: refusedDelayMs };
  }
  if (purpose === 'heal') {
    const own = device.database.read((sql) =>
      device.groups.look(sql, key, (group) => group && Number(group.epoch)),
    );
    if (own === epoch) {
      // The group is where the server is: what could not be read spoke of an epoch that is not there.
      await setBroken(device, row, false, row.healedEpoch);
      return { kind: 'again' };
    }
    if (row.healedEpoch >= epoch) return { kind: 'idle' };
  }
  const made = await makeCommit(device, key, purpose, {
    make: async (step, lookups) => {
      const joined = await joinExternally(
        cryptoContext(device),
        device.self,
        { conversationId: logId, groupInfo, ratchetTree },
        lookups,
      );
      if (joined.kind === 'refused') return joined;
      const refused = step.read((sql) => {
        const present = conversationByKey(sql, key);
        const peerId = peerOf(device, joined.next.policy);
        if (present === null || !canBeWith(sql, present, peerId)) return 'wrong_conversation';
        // Back to an epoch that is over, those who were removed since would be in again.
        const group = purpose === 'heal' ? device.groups.get(sql, key) : null;
        return group !== null && joined.epoch <= group.epoch ? 'stale_epoch' : null;
      });
      if (refused === null) return joined;
      erasePendingCommit(joined, null);
      return { kind: 'refused', reason: refused };
    },
  });
  if (made === 'made' || made === 'superseded') return { kind: 'again' };
  if (made === 'offline') return tryLater;
  if (purpose === 'heal') await setBroken(device, row, true, epoch);
  else if (made.reason === 'wrong_conversation' && isOwnMaking(row)) await detach(device, row);
  return { kind: 'pause', delayMs: refusedDelayMs };
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
      changes.conversation(row.conversationId);
    }),
  );
}
