import { type ClaimedKeyPackage, createConversationGroup, directPolicy } from '@sotto/crypto';
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  idFromBytes,
  idToBytes,
  limits,
  Connection as Methods,
} from '@sotto/protocol';
import {
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { afterError, tryLater, type WorkResult } from '../conversations/workResult.ts';
import { cryptoContext, type DeviceContext, randomId } from '../device/deviceContext.ts';
import { pendingChoice } from '../policy/historyChoice.ts';
import { makeCommit } from './makeCommit.ts';

const refusedDelayMs = 60_000;

/**
 * Makes the group of a conversation that waits: claims a KeyPackage of every device of both accounts, creates the
 * group with them and stores it as pending. A device whose package is refused is left out; it joins by a
 * commit of its own later.
 */
export async function createConversation(device: DeviceContext, row: ConversationRow): Promise<WorkResult> {
  const accountIds = [...new Set([device.self.accountId, row.peerId])].sort();
  const claim = await device.connection.call(Methods.method.claimKeyPackages, {
    accountIds: accountIds.map(idToBytes),
  });
  if (claim.kind === 'lost') return { kind: 'idle' };
  if (claim.kind === 'error') {
    const peer = device.directory.account(row.peerId);
    // Who has the name now is asked for, and with that the conversation shows what happened.
    if (claim.error.code === 'account_closed' && peer !== null) await device.directory.find(peer.username);
    return afterError(claim.error);
  }
  let members: ClaimedKeyPackage[] = [];
  for (const claimed of claim.value.keyPackages.slice(0, limits.devicesPerConversation)) {
    const accountId = idFromBytes<AccountId>(claimed.accountId);
    const deviceId = idFromBytes<DeviceId>(claimed.deviceId);
    if (accountId === null || deviceId === null || deviceId === device.self.deviceId) continue;
    members.push({ accountId, deviceId, keyPackage: claimed.keyPackage });
  }
  // Also of whom no device is added: what the commit deposits is to be sealed to the accounts as they are now.
  if (!(await device.directory.refresh(accountIds))) return tryLater;
  const logId = randomId<ConversationId>(device.provider);
  for (;;) {
    const made = await makeCommit(device, row.key, 'create', {
      make: async (step, lookups) => {
        const { present, choice } = step.read((sql) => ({
          present: conversationByKey(sql, row.key),
          choice: pendingChoice(sql, row),
        }));
        if (present?.state !== 'waiting') return null;
        const { suite } = device.tuning;
        return createConversationGroup(
          cryptoContext(device),
          device.self,
          {
            conversationId: logId,
            policy: directPolicy(accountIds, choice?.off === true ? [device.self.accountId] : []),
            members,
            ...(suite === undefined ? {} : { suite }),
          },
          lookups,
        );
      },
      store: (sql) => updateConversation(sql, row.key, { logId }),
    });
    if (made === 'made' || made === 'superseded') return { kind: 'again' };
    if (made === 'offline') return tryLater;
    const { device: refused } = made;
    const rest = members.filter((member) => member.deviceId !== refused?.deviceId);
    const reachesPeer = rest.some((member) => member.accountId === row.peerId);
    if (rest.length === members.length || (!reachesPeer && row.peerId !== device.self.accountId)) {
      return { kind: 'pause', delayMs: refusedDelayMs };
    }
    members = rest;
  }
}
