/** Own commits on their way to the server (spec/groups.md, "Pending first"). */
import * as mls from '@sotto/mls';
import { concatBytes, type Provider } from '@sotto/primitives';
import { type DeviceId, idFromBytes, idSizeBytes, idToBytes, limits } from '@sotto/protocol';
import { devicesIn } from './commitPolicy.ts';
import { decodeSuite, encodeSuite, groupOf, withState } from './conversationGroup.ts';
import { policyChangeOf } from './policyChange.ts';
import { fromMls, groupRefused } from './refusals.ts';
import type { ConversationGroup, GroupRefusal, PendingCommit } from './types.ts';

const version = 1;
/** version ‖ suite ‖ number of Welcomes */
const headSizeBytes = 5;

/** Which device each KeyPackage is of. */
export interface Invited {
  readonly deviceId: DeviceId;
  readonly reference: Uint8Array;
}

/** The engine's pending commit as one of a conversation. `before`: the group it was made from, where in use. */
export function pendingCommitOf(
  pending: mls.PendingCommit,
  before: ConversationGroup | null,
  invited: readonly Invited[],
): PendingCommit | GroupRefusal {
  const devices = new Map(invited.map(({ deviceId, reference }) => [reference.toHex(), deviceId]));
  const recipients: DeviceId[] = [];
  for (const { keyPackageRefs } of pending.welcomes) {
    const recipient = keyPackageRefs.map((ref) => devices.get(ref.toHex())).find((id) => id !== undefined);
    if (recipient === undefined) return groupRefused('invalid');
    recipients.push(recipient);
  }
  return createPending(pending, before, recipients);
}

function createPending(
  pending: mls.PendingCommit,
  before: ConversationGroup | null,
  recipients: readonly DeviceId[],
): PendingCommit | GroupRefusal {
  const next = groupOf(pending.nextState);
  if (next.kind === 'refused') return next;
  const { summary, currentState } = pending;
  const change = policyChangeOf(summary, next.policy);
  const { committer } = summary;
  const isExternal = committer.kind === 'external';
  return {
    kind: 'pendingCommit',
    epoch: summary.fromEpoch,
    append: {
      commit: pending.commitMessage,
      external: isExternal,
      groupInfo: pending.groupInfo,
      ratchetTree: pending.ratchetTree,
      welcomes: pending.welcomes.map(({ bytes }, at) => ({ deviceId: recipients[at]!, welcome: bytes })),
      added: devicesIn(isExternal ? [committer.joiner] : summary.added),
      removed: devicesIn(summary.removed),
    },
    current: before === null || currentState === null ? null : withState(before, currentState),
    next,
    policyChange: change.policyChange,
    groupEvents: change.groupEvents,
    encode: () =>
      concatBytes(
        Uint8Array.of(version),
        encodeSuite(next.suite),
        Uint8Array.of(recipients.length >> 8, recipients.length & 0xff),
        ...recipients.map(idToBytes),
        mls.encodePendingCommit(pending, before?.state ?? null),
      ),
    pending,
  };
}

/** A pending commit from this device's storage. `group`: as it is stored; null for none. Refused where it has moved on. */
export function decodePendingCommit(
  provider: Provider,
  bytes: Uint8Array,
  group: ConversationGroup | null,
): PendingCommit | GroupRefusal {
  if (bytes.length < headSizeBytes || bytes[0] !== version) return groupRefused('malformed');
  const suite = decodeSuite(provider, bytes, 1);
  if (suite === null) return groupRefused('unsupported_suite');
  const count = (bytes[3]! << 8) | bytes[4]!;
  const end = headSizeBytes + count * idSizeBytes;
  if (count > limits.devicesPerConversation || bytes.length < end) return groupRefused('malformed');
  const pending = mls.decodePendingCommit(
    provider.suite(suite),
    bytes.subarray(end),
    group?.suite === suite ? group.state : null,
  );
  if (pending.kind === 'refused') return fromMls(pending.reason);
  if (pending.welcomes.length !== count) return groupRefused('malformed');
  const recipients = pending.welcomes.map((_, at) => {
    const start = headSizeBytes + at * idSizeBytes;
    return idFromBytes<DeviceId>(bytes.subarray(start, start + idSizeBytes))!;
  });
  return createPending(pending, group, recipients);
}

/**
 * Overwrites the secrets of an own commit that will not come into force, or is stored and will be read again.
 * `current`: the group that goes on; null for a commit that was read from storage or made from no group in use.
 */
export function erasePendingCommit(pending: PendingCommit, current: ConversationGroup | null): void {
  const { currentState, nextState } = pending.pending;
  if (current !== null) {
    mls.erasePendingCommit(pending.pending, current.state);
    return;
  }
  mls.eraseState(nextState);
  // The epoch that a new group begins with: nobody else has seen it.
  if (currentState !== null) mls.eraseState(currentState);
}
