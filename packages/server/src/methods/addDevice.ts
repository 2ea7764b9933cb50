import { type AccountId, ChainOperation, idFromBytes } from '@sotto/protocol';
import { compareWithHead, isOfSameIdentity, verifyChainEntry } from '../account/chain.ts';
import { chainChanged } from '../account/chainChanged.ts';
import { done, refused } from '../outcome.ts';
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
  // Whoever signs for the account may see what came first, and need not open it once more to go on from there.
  const stale = async () => {
    const maySee = request.wantsNewer && isOfSameIdentity(head, entry);
    const newer = maySee ? await server.store.readChain(accountId, entry.stored.seq) : [];
    return newer.length > 0 ? done({ newer }) : refused('chain_stale');
  };
  if (entry.stored.seq !== head.seq + 1) return stale();
  const change = changesDevices(entry.body.operation) ? compareWithHead(head, entry) : null;
  if (change === null) return refused('chain_invalid');
  const outcome = await server.store.extendChain({ accountId, entry: entry.stored, ...change });
  if (outcome.kind === 'refused') return outcome.error.code === 'chain_stale' ? stale() : outcome;
  chainChanged(server, accountId, entry.stored.seq, change.removed);
  return done({});
};

/** The others come with a vault: ChangeAccount takes them. */
function changesDevices(operation: ChainOperation): boolean {
  return operation === ChainOperation.ADD_DEVICE || operation === ChainOperation.REMOVE_DEVICE;
}
