import { createDeposit, depositLots } from '@sotto/crypto';
import { type ConversationId, idToBytes, Connection as Methods } from '@sotto/protocol';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { isMember } from '../conversations/members.ts';
import { afterError, tryLater, type WorkResult } from '../conversations/workResult.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { depositedEpochs } from '../history/depositTable.ts';
import { findEpochKeys } from '../history/epochKeys.ts';
import { earlierEpochKeys } from '../history/epochKeyTable.ts';
import { deleteShare, type Share } from './shareTable.ts';

/** Opens the deposits of the conversation that are here, so that what they hold can be given. False: not all are here. */
export async function openEarlierKeys(
  device: DeviceContext,
  row: ConversationRow,
  logId: ConversationId,
): Promise<boolean> {
  if (!device.sync.isKeyringRead) return false;
  await device.steps.run(async (step) => {
    const epochs = step.read((sql) => depositedEpochs(sql, logId));
    const opened = await findEpochKeys(device, step, row, logId, epochs);
    await step.commit((sql) => opened.store(sql));
  });
  return true;
}

/**
 * Gives one who came to a group the history keys of the epochs before, as far as this device has them, in as few deposits
 * as they fit: those that did not go beside the commit (spec/history.md, "Deposits of earlier epochs").
 */
export async function shareHistory(
  device: DeviceContext,
  row: ConversationRow,
  logId: ConversationId,
  share: Share,
): Promise<WorkResult> {
  const { self, provider } = device;
  const found = device.database.read((sql) => isMember(sql, self.accountId, row, share.accountId));
  const chain = found ? await device.directory.chain(share.accountId) : null;
  if (chain !== null) {
    if (!(await openEarlierKeys(device, row, logId))) return tryLater;
    const keys = device.database.read((sql) => earlierEpochKeys(sql, logId, share.epoch));
    const deposits = [];
    for (const lot of depositLots(keys)) {
      const made = await createDeposit(provider, self, { ...lot, conversationId: logId }, chain);
      deposits.push({ ...made, conversationId: idToBytes(logId) });
    }
    if (deposits.length > 0) {
      const answer = await device.connection.call(Methods.method.deposit, {
        deposits,
        accountId: idToBytes(share.accountId),
      });
      if (answer.kind === 'lost') return { kind: 'idle' };
      // Where it is no member (any more) at the server, there is nothing to give.
      if (answer.kind === 'error' && answer.error.code !== 'not_a_member') return afterError(answer.error);
    }
  }
  await device.steps.run((step) => step.commit((sql) => deleteShare(sql, row.key, share)));
  return { kind: 'again' };
}
