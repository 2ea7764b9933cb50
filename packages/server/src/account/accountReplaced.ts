import { type AccountId, closeCodes, type DeviceId, idToBytes, limits } from '@sotto/protocol';
import type { Server } from '../server.ts';

/** An account was closed: its devices are cut off (and learn why when they come back), its contacts are told. */
export function accountReplaced(
  server: Server,
  change: { replacedId: AccountId; accountId: AccountId; removed: readonly DeviceId[] },
): void {
  server.callRooms.removeDevices(change.removed);
  for (const deviceId of change.removed) {
    server.online.find(deviceId)?.connection.close(closeCodes.goingAway, 'the account was replaced');
  }
  server.background(tellContacts(server, change));
}

async function tellContacts(
  { store, online }: Server,
  { replacedId, accountId }: { replacedId: AccountId; accountId: AccountId },
): Promise<void> {
  const value = { accountId: idToBytes(replacedId), successorId: idToBytes(accountId) };
  for (const contact of await store.listContacts(replacedId, limits.accountsPerConversation)) {
    for (const { connection } of online.ofAccount(contact)) {
      connection.push({ kind: { case: 'accountReplaced', value } });
    }
  }
}
