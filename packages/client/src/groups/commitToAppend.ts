import type { MessageInitShape } from '@bufbuild/protobuf';
import { type DeviceRef, type PendingCommit, splitSharedEnd } from '@sotto/crypto';
import { type AccountDeposit, type AccountId, type CommitAppendSchema, idToBytes } from '@sotto/protocol';

/** What goes to the server for a commit. `isNew`: it makes the conversation. */
export function commitToAppend(
  commit: PendingCommit,
  self: AccountId,
  beside: { readonly deposits: AccountDeposit[]; readonly note: Uint8Array | null; readonly isNew: boolean },
): MessageInitShape<typeof CommitAppendSchema> {
  const { append } = commit;
  const { heads, end } = splitSharedEnd(append.welcomes.map(({ welcome }) => welcome));
  return {
    entry: {
      commit: append.commit,
      external: append.external,
      added: append.added.map(encodeMember),
      removed: append.removed.map(encodeMember),
      ...accountsOf(commit, self, beside.isNew),
      ...(beside.note === null ? {} : { note: beside.note }),
    },
    groupInfo: append.groupInfo,
    ratchetTree: append.ratchetTree,
    welcomes: append.welcomes.map(({ deviceId }, at) => ({
      deviceId: idToBytes(deviceId),
      welcome: heads[at]!,
    })),
    welcomeEnd: end,
    deposits: beside.deposits,
  };
}

function encodeMember({ accountId, deviceId }: DeviceRef): { accountId: Uint8Array; deviceId: Uint8Array } {
  return { accountId: idToBytes(accountId), deviceId: idToBytes(deviceId) };
}

/** Which accounts come to a group by the commit, and which go: what the server lets them read follows from it. */
function accountsOf({ next, groupEvents }: PendingCommit, self: AccountId, isNew: boolean) {
  const { policy } = next;
  if (policy.kind === 'direct') return {};
  const came = isNew
    ? policy.accountIds.filter((id) => id !== self)
    : groupEvents.flatMap((event) =>
        event.kind === 'added' || event.kind === 'joinedByLink' ? event.accountIds : [],
      );
  const went = groupEvents.flatMap((event) =>
    event.kind === 'removed' || event.kind === 'gone' ? event.accountIds : [],
  );
  const readsFromStart = !isNew && policy.sharesHistory;
  return {
    accountsAdded: came.map((id) => ({ accountId: idToBytes(id), readsFromStart })),
    accountsRemoved: went.map(idToBytes),
  };
}
