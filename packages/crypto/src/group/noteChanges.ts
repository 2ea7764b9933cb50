/** Whether a note says what its commit did (spec/groups.md, "Notes"). */
import { equalBytes, type Provider } from '@sotto/primitives';
import { hashOfDetails } from './details.ts';
import type { GroupDetails, GroupEvent, GroupPolicy, NotedChange, OpenedNote } from './policyTypes.ts';
import { isSameRights } from './roles.ts';

/** What a member knows of a commit, to measure its note by. */
export interface NotedCommit {
  /** The one that the commit begins. */
  readonly policy: GroupPolicy;
  /** Null for whoever came by it: it cannot know what was before. */
  readonly events: readonly GroupEvent[] | null;
  /** As they were before it; null where they are not known. */
  readonly detailsBefore: GroupDetails | null;
}

/** A note that does not fit is passed over; the commit stands. */
export function noteFits(provider: Provider, note: OpenedNote, commit: NotedCommit): boolean {
  const { policy, events, detailsBefore } = commit;
  const { details } = note;
  if (details !== null && !equalBytes(hashOfDetails(provider, details.encoded), policy.detailsHash))
    return false;
  const invites = new Set(policy.invites.map(({ inviteId }) => inviteId));
  if (note.inviteKeys.some(({ inviteId }) => !invites.has(inviteId))) return false;
  if (events === null) return details !== null;
  if (details === null && events.some(({ kind }) => needsDetails.has(kind))) return false;
  const expected = changesOf(events, details?.decoded ?? null, detailsBefore);
  if (expected === null) return false;
  // Of details that were not known before, what of them changed is the committer's word, but for the name itself.
  if (detailsBefore === null && details !== null) {
    const isFree = ({ kind }: NotedChange) =>
      kind === 'photo' || kind === 'description' || kind === 'renamed';
    const isWrongName = note.changes.some(
      (one) => one.kind === 'renamed' && one.name !== details.decoded.name,
    );
    const areDetailsSaid = note.changes.some(isFree) === events.some(({ kind }) => kind === 'details');
    if (isWrongName || !areDetailsSaid) return false;
    return isSameList(
      note.changes.filter((one) => !isFree(one)),
      expected.filter((one) => !isFree(one)),
    );
  }
  return isSameList(note.changes, expected);
}

const needsDetails: ReadonlySet<GroupEvent['kind']> = new Set([
  'created',
  'added',
  'joinedByLink',
  'details',
]);

/** What a note of these events says; null where details changed that are not given. */
export function changesOf(
  events: readonly GroupEvent[],
  details: GroupDetails | null,
  before: GroupDetails | null,
): NotedChange[] | null {
  const changes: NotedChange[] = [];
  for (const event of events) {
    switch (event.kind) {
      case 'gone':
        break;
      case 'details':
        if (details === null) return null;
        changes.push(...detailChanges(details, before));
        break;
      case 'inviteMade':
      case 'inviteRevoked':
        changes.push({ kind: event.kind });
        break;
      default:
        changes.push(event);
    }
  }
  return changes;
}

function detailChanges(after: GroupDetails, before: GroupDetails | null): NotedChange[] {
  const changes: NotedChange[] = [];
  if (before?.name !== after.name) changes.push({ kind: 'renamed', name: after.name });
  if (before !== null && !equalBytes(before.photo, after.photo)) changes.push({ kind: 'photo' });
  if (before !== null && before.description !== after.description) changes.push({ kind: 'description' });
  return changes;
}

function isSameList(one: readonly NotedChange[], other: readonly NotedChange[]): boolean {
  return one.length === other.length && one.every((change, at) => isSame(change, other[at]!));
}

function isSame(one: NotedChange, other: NotedChange): boolean {
  if ('accountIds' in one) {
    return (
      one.kind === other.kind && 'accountIds' in other && one.accountIds.join() === other.accountIds.join()
    );
  }
  if ('accountId' in one) {
    return one.kind === other.kind && 'accountId' in other && one.accountId === other.accountId;
  }
  switch (one.kind) {
    case 'renamed':
      return other.kind === 'renamed' && one.name === other.name;
    case 'rights':
      return other.kind === 'rights' && isSameRights(one.rights, other.rights);
    case 'sharesHistory':
      return other.kind === 'sharesHistory' && one.shares === other.shares;
    default:
      return one.kind === other.kind;
  }
}
