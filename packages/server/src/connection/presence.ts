/**
 * Presence (spec/server.md §Presence): who shares a conversation of few with an account learns whether any of its devices
 * is connected. Nothing of it is stored.
 */
import { type AccountId, idToBytes } from '@sotto/protocol';
import type { Server } from '../server.ts';
import type { OnlineDevice } from './onlineDevices.ts';

/** In larger groups nobody is told: each member coming and going would be a push to every other. */
const presenceAccounts = 50;

/** Tells the contacts of `accountId` that are online. */
export async function announcePresence({ store, online }: Server, accountId: AccountId): Promise<void> {
  for (const contact of await store.listContacts(accountId, presenceAccounts)) {
    for (const device of online.ofAccount(contact))
      pushPresence(device, accountId, online.isOnline(accountId));
  }
}

/** Tells `device` which of its contacts are online, as far as it was not told. */
export async function showPresence({ store, online }: Server, device: OnlineDevice): Promise<void> {
  for (const contact of await store.listContacts(device.accountId, presenceAccounts)) {
    if (online.isOnline(contact)) pushPresence(device, contact, true);
  }
}

function pushPresence({ connection }: OnlineDevice, accountId: AccountId, isOnline: boolean): void {
  if (connection.shownOnline.has(accountId) === isOnline) return;
  if (isOnline) connection.shownOnline.add(accountId);
  else connection.shownOnline.delete(accountId);
  connection.push({
    kind: { case: 'presence', value: { accountId: idToBytes(accountId), online: isOnline } },
  });
}
