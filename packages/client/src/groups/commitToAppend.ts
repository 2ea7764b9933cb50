import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CommitToAppend, DeviceRef } from '@sotto/crypto';
import { type AccountDeposit, type CommitAppendSchema, idToBytes } from '@sotto/protocol';

/** What goes to the server for a commit. */
export function commitToAppend(
  append: CommitToAppend,
  deposits: AccountDeposit[],
): MessageInitShape<typeof CommitAppendSchema> {
  return {
    entry: {
      commit: append.commit,
      external: append.external,
      added: append.added.map(encodeMember),
      removed: append.removed.map(encodeMember),
    },
    groupInfo: append.groupInfo,
    ratchetTree: append.ratchetTree,
    welcomes: append.welcomes.map(({ deviceId, welcome }) => ({ deviceId: idToBytes(deviceId), welcome })),
    deposits,
  };
}

function encodeMember({ accountId, deviceId }: DeviceRef): { accountId: Uint8Array; deviceId: Uint8Array } {
  return { accountId: idToBytes(accountId), deviceId: idToBytes(deviceId) };
}
