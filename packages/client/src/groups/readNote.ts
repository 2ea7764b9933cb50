/** What stands beside a commit for the members of a group (spec/groups.md, "Notes"), as this device takes it. */
import {
  type ConversationGroup,
  type GroupEvent,
  historyKeyOf,
  type InviteMemberKey,
  type NotedChange,
  noteFits,
  openNote,
} from '@sotto/crypto';
import type { AccountId, DeviceId, GroupDetails, TransactionId } from '@sotto/protocol';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { GroupLineChange } from '../messages/groupNotice.ts';

/** What a commit came to for a group: the line that it makes, and what of the note holds. */
export interface GroupEffect {
  /** Empty where it says nothing to anybody. */
  readonly changes: readonly GroupLineChange[];
  /** Encoded; null where they are not said, or do not fit the policy. */
  readonly details: Uint8Array | null;
  readonly inviteKeys: readonly InviteMemberKey[];
}

interface Noted {
  readonly note: Uint8Array;
  readonly transactionId: TransactionId;
  readonly sender: { readonly accountId: AccountId; readonly deviceId: DeviceId };
}

/**
 * A commit of a group: `next` is the group after it. `events`: what it did, or null for whoever came by it. A note that
 * does not fit is passed over; what the commit did is told without it. Null in direct conversations.
 */
export async function readNote(
  device: DeviceContext,
  next: ConversationGroup,
  { note, transactionId, sender }: Noted,
  events: readonly GroupEvent[] | null,
  detailsBefore: GroupDetails | null,
): Promise<GroupEffect | null> {
  const { policy, conversationId, epoch } = next;
  if (policy.kind === 'direct') return null;
  const { provider } = device;
  const chain = note.length === 0 ? null : await device.directory.chain(sender.accountId);
  let fitting = null;
  if (chain !== null) {
    const historyKey = historyKeyOf(next);
    const opened = await openNote(
      provider,
      historyKey,
      note,
      { conversationId, epoch, transactionId, sender },
      chain,
    );
    historyKey.fill(0);
    const commit = { policy, events, detailsBefore };
    if (opened.kind === 'note' && noteFits(provider, opened, commit)) fitting = opened;
  }
  const seesEarlier = policy.sharesHistory;
  return {
    changes:
      fitting === null
        ? changesWithout(events ?? [], seesEarlier)
        : lineChanges(fitting.changes, seesEarlier),
    details: fitting?.details?.encoded ?? null,
    inviteKeys: fitting?.inviteKeys ?? [],
  };
}

/** As the line of the thread says it. */
export function lineChanges(changes: readonly NotedChange[], seesEarlier: boolean): GroupLineChange[] {
  return changes.map((change): GroupLineChange => {
    if (!('accountIds' in change)) return change;
    const { kind, accountIds } = change;
    return kind === 'added' || kind === 'joinedByLink'
      ? { kind, accountIds, seesEarlier }
      : { kind, accountIds };
  });
}

/** What can be told of a commit that has no note, or a false one. */
function changesWithout(events: readonly GroupEvent[], seesEarlier: boolean): GroupLineChange[] {
  return events.flatMap((event): GroupLineChange[] => {
    switch (event.kind) {
      case 'gone':
        return [];
      case 'details':
        return [{ kind: 'description' }];
      case 'added':
      case 'joinedByLink':
        return [{ kind: event.kind, accountIds: event.accountIds, seesEarlier }];
      case 'inviteMade':
      case 'inviteRevoked':
        return [{ kind: event.kind }];
      default:
        return [event];
    }
  });
}
