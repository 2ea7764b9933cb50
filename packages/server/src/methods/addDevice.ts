import { type AccountId, closeCodes, idFromBytes, idToBytes } from '@sotto/protocol';
import { compareWithHead, verifyChainEntry } from '../account/chain.ts';
import { done, refused } from '../outcome.ts';
import type { Server } from '../server.ts';
import type { SignInHandler } from './handler.ts';

/**
 * Continues an identity chain: the entry authorises itself, being signed by the identity key that the chain
 * already names. It brings one device or takes some away. Repeating it is harmless.
 */
export const addDevice: SignInHandler<'addDevice'> = async (server, _origin, request) => {
  const accountId = idFromBytes<AccountId>(request.accountId);
  if (accountId === null || request.chainEntry === undefined) return refused('malformed');
  const entry = verifyChainEntry(request.chainEntry, accountId);
  const chain = await server.store.readChain(accountId, 0);
  const head = chain.at(-1);
  if (head === undefined) return refused('unknown_account');
  if (entry === null) return refused('chain_invalid');
  const isRepeated = entry.stored.seq === head.seq && Buffer.compare(entry.stored.body, head.body) === 0;
  if (isRepeated) return done({});
  if (entry.stored.seq !== head.seq + 1) return refused('chain_stale');
  const change = compareWithHead(head, entry);
  if (change === null) return refused('chain_invalid');
  const outcome = await server.store.extendChain({ accountId, entry: entry.stored, ...change });
  if (outcome.kind === 'refused') return outcome;
  for (const deviceId of change.removed) {
    server.online.find(deviceId)?.connection.close(closeCodes.deviceRemoved, 'the device was removed');
  }
  server.background(announceChain(server, accountId, entry.stored.seq));
  return done({});
};

/** Tells the account's other devices and its contacts that are online. */
async function announceChain({ store, online }: Server, accountId: AccountId, seq: number): Promise<void> {
  for (const account of [accountId, ...(await store.listContacts(accountId))]) {
    for (const { connection } of online.ofAccount(account)) {
      const value = { accountId: idToBytes(accountId), seq: BigInt(seq) };
      connection.push({ kind: { case: 'chainChanged', value } });
    }
  }
}
