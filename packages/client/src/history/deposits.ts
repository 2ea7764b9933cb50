import { create, toBinary } from '@bufbuild/protobuf';
import { type ConversationGroup, createDeposit, historyKeyOf, isHistoryOn } from '@sotto/crypto';
import { type AccountDeposit, CommitAppendSchema, idToBytes } from '@sotto/protocol';
import { decodeMessage } from '../connection/decodeFrame.ts';
import type { DeviceContext } from '../device/deviceContext.ts';

/**
 * The history key of the epoch that a commit begins, sealed to each member account as its newest known chain has it:
 * for the server to put into their keyrings together with the commit (spec/history.md §Deposits). Encoded, to be stored
 * with the commit. An account without a known chain gets none; its devices that are members deposit for themselves.
 * Null where the epoch has history off: nobody is to have its key.
 */
export async function createDeposits(
  device: DeviceContext,
  group: ConversationGroup,
): Promise<Uint8Array | null> {
  if (!isHistoryOn(group.policy)) return null;
  const historyKey = historyKeyOf(group);
  const { conversationId, epoch } = group;
  const deposits: { accountId: Uint8Array; deposit: Awaited<ReturnType<typeof encodable>> }[] = [];
  const encodable = async (chain: Parameters<typeof createDeposit>[3]) => {
    const made = await createDeposit(
      device.provider,
      device.self,
      { conversationId, epoch, historyKey },
      chain,
    );
    return { ...made, conversationId: idToBytes(conversationId) };
  };
  for (const accountId of group.policy.accountIds) {
    const chain = await device.directory.chain(accountId);
    if (chain === null) continue;
    deposits.push({ accountId: idToBytes(accountId), deposit: await encodable(chain) });
  }
  historyKey.fill(0);
  return toBinary(CommitAppendSchema, create(CommitAppendSchema, { deposits }));
}

/** What `createDeposits` encoded; none where it does not decode. */
export function decodeDeposits(bytes: Uint8Array | null): AccountDeposit[] {
  return (bytes === null ? null : decodeMessage(CommitAppendSchema, bytes))?.deposits ?? [];
}
