import { type AccountId, closeCodes, type DeviceId, idToBytes, limits } from '@sotto/protocol';
import type { Server } from '../server.ts';

/** A chain has grown: removed devices are cut off, the others and the account's contacts are told. */
export function chainChanged(
  server: Server,
  accountId: AccountId,
  seq: number,
  removed: readonly DeviceId[],
): void {
  server.callRooms.removeDevices(removed);
  for (const deviceId of removed) {
    server.online.find(deviceId)?.connection.close(closeCodes.deviceRemoved, 'the device was removed');
  }
  server.background(announceChain(server, accountId, seq));
}

/** Tells the account's other devices and its contacts that are online. */
async function announceChain({ store, online }: Server, accountId: AccountId, seq: number): Promise<void> {
  for (const account of [
    accountId,
    ...(await store.listContacts(accountId, limits.accountsPerConversation)),
  ]) {
    for (const { connection } of online.ofAccount(account)) {
      const value = { accountId: idToBytes(accountId), seq: BigInt(seq) };
      connection.push({ kind: { case: 'chainChanged', value } });
    }
  }
}
