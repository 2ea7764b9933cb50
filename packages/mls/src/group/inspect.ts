import { exportFrom } from '../schedule/keySchedule.ts';
import { checkUsable } from './epoch.ts';
import { memberIn, membersOf } from './member.ts';
import type { GroupState, Member, RemovedState, StagedCommit, StagedJoin } from './types.ts';

/** All members, by leaf index. */
export function roster(state: GroupState): readonly Member[] {
  return membersOf(state.tree);
}

/** Null where the leaf is blank or outside the tree. */
export function memberAt(state: GroupState, leafIndex: number): Member | null {
  return memberIn(state.tree, leafIndex);
}

/** Longest output of HKDF over a 32-byte hash. */
const longestExportBytes = 255 * 32;

/** MLS-Exporter (RFC 9420 §8.5). `lengthBytes` at most 8160. */
export function exportSecret(
  state: GroupState,
  label: string,
  context: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  checkUsable(state);
  if (!(lengthBytes > 0 && lengthBytes <= longestExportBytes)) throw new RangeError('length of an export');
  return exportFrom(state.suite, state.own.secrets.exporterSecret, label, context, lengthBytes);
}

/** Equal for all members of an epoch and for nobody else (RFC 9420 §8.7). A copy. */
export function epochAuthenticator(state: GroupState): Uint8Array {
  checkUsable(state);
  return state.own.secrets.epochAuthenticator.slice();
}

/** resumption_psk of the epoch (RFC 9420 §8.6), to be kept by callers that resume. Secret; a copy. */
export function resumptionPsk(state: GroupState): Uint8Array {
  checkUsable(state);
  return state.own.secrets.resumptionPsk.slice();
}

/** Puts a staged commit in force: the state that follows, or that we are out. */
export function merge(staged: StagedCommit): GroupState | RemovedState {
  return staged.next;
}

/** Puts a staged Welcome in force. */
export function mergeJoin(staged: StagedJoin): GroupState {
  return staged.next;
}
