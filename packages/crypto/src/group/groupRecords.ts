/**
 * A group as a device stores it (spec/groups.md, "Storage"): in records, of which a step writes those it changed.
 * Invariant: what is stored is what `groupDelta` told for each state in turn, so it decodes to the last of them.
 */
import { decodeStateRecords, eraseStateDelta, stateDelta } from '@sotto/mls';
import type { Provider } from '@sotto/primitives';
import { groupOf, supportedSuite } from './conversationGroup.ts';
import { fromMls, groupRefused } from './refusals.ts';
import type { ConversationGroup, GroupDelta, GroupRefusal, StoredGroup } from './types.ts';

/**
 * What storage must change for `next` to be stored where `previous` is (null: nothing, or what is to go), any number of
 * steps later. Its values are secret but for the section `tree`: `eraseGroupDelta` once they are stored.
 */
export function groupDelta(previous: ConversationGroup | null, next: ConversationGroup): GroupDelta {
  return stateDelta(previous?.state ?? null, next.state);
}

/** Overwrites a delta's secret values. */
export function eraseGroupDelta(delta: GroupDelta): void {
  eraseStateDelta(delta);
}

/** A group from this device's storage; the values of its records are not needed afterwards. */
export function decodeConversationGroup(
  provider: Provider,
  { suite, records }: StoredGroup,
): ConversationGroup | GroupRefusal {
  const id = supportedSuite(provider, suite);
  if (id === null) return groupRefused('unsupported_suite');
  const state = decodeStateRecords(provider.suite(id), records);
  return state.kind === 'refused' ? fromMls(state.reason) : groupOf(state);
}
