import { create, toBinary } from '@bufbuild/protobuf';
import {
  type ConversationGroup,
  createDeposit,
  type DepositKeys,
  depositLots,
  historyKeyOf,
  isHistoryOn,
  rolesOf,
} from '@sotto/crypto';
import { type AccountDeposit, type AccountId, CommitAppendSchema, idToBytes } from '@sotto/protocol';
import { decodeMessage } from '../connection/decodeFrame.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { EpochKey } from './epochKeyTable.ts';

/** What a commit may have of earlier epochs beside it, in bytes and number: all of it is one request. */
const maxEarlierSizeBytes = 2 * 1024 * 1024;
const maxEarlier = 256;
/** Of the seal and the signature. */
const sealSizeBytes = 1_500;

/** Accounts that come by a commit, and the keys of the epochs before it that they are given with it. */
export interface GivenKeys {
  readonly accountIds: readonly AccountId[];
  readonly keys: readonly EpochKey[];
}

/**
 * The history key of the epoch that a commit begins, sealed to each member account as its newest known chain has it:
 * for the server to put into their keyrings together with the commit (spec/history.md §Deposits). Encoded, to be stored
 * with the commit. An account without a known chain gets none; its devices that are members deposit for themselves.
 * Null where the epoch has history off: nobody is to have its key. `given` goes with it as far as it fits.
 */
export async function createDeposits(
  device: DeviceContext,
  group: ConversationGroup,
  given: GivenKeys | null,
): Promise<Uint8Array | null> {
  if (!isHistoryOn(group.policy)) return null;
  const historyKey = historyKeyOf(group);
  const { conversationId, epoch, policy } = group;
  const roles = policy.kind === 'group' ? { roles: rolesOf(policy) } : {};
  const deposits: { accountId: Uint8Array; deposit: Awaited<ReturnType<typeof encodable>> }[] = [];
  const encodable = async (keys: DepositKeys, chain: Parameters<typeof createDeposit>[3]) => {
    const made = await createDeposit(device.provider, device.self, { ...keys, conversationId }, chain);
    return { ...made, conversationId: idToBytes(conversationId) };
  };
  const earlier = given === null ? [] : lotsThatFit(given);
  for (const accountId of policy.accountIds) {
    const chain = await device.directory.chain(accountId);
    if (chain === null) continue;
    const own = given?.accountIds.includes(accountId) === true ? earlier : [];
    for (const keys of [{ epoch, historyKey, ...roles }, ...own]) {
      deposits.push({ accountId: idToBytes(accountId), deposit: await encodable(keys, chain) });
    }
  }
  historyKey.fill(0);
  return toBinary(CommitAppendSchema, create(CommitAppendSchema, { deposits }));
}

/** All of them or none: what does not fit is given afterwards. */
function lotsThatFit({ accountIds, keys }: GivenKeys): readonly DepositKeys[] {
  const lots = depositLots(keys);
  const sizeBytes = lots.reduce((sum, { earlier }) => sum + sealSizeBytes + 64 * (earlier?.length ?? 0), 0);
  const fits =
    sizeBytes * accountIds.length <= maxEarlierSizeBytes && lots.length * accountIds.length <= maxEarlier;
  return fits ? lots : [];
}

/** Accounts that a commit of this epoch gave keys of earlier ones, as stored with it. */
export function givenBeside(deposits: Uint8Array | null, epoch: bigint): Set<string> {
  const given = decodeDeposits(deposits).filter(({ deposit }) => (deposit?.epoch ?? epoch + 1n) <= epoch);
  return new Set(given.map(({ accountId }) => accountId.toHex()));
}

/** What `createDeposits` encoded; none where it does not decode. */
export function decodeDeposits(bytes: Uint8Array | null): AccountDeposit[] {
  return (bytes === null ? null : decodeMessage(CommitAppendSchema, bytes))?.deposits ?? [];
}
