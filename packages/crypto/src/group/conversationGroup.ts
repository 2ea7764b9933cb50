/**
 * A conversation's group as one device sees it. Invariant: a ConversationGroup is made of a state whose policy and
 * whose members' credentials were checked when they came (or when this device stored them).
 */
import {
  epochAuthenticator,
  eraseState,
  eraseSuperseded,
  type GroupState,
  type Member,
  roster,
} from '@sotto/mls';
import { type Provider, type SuiteId, suiteIds } from '@sotto/primitives';
import { type ConversationId, idFromBytes } from '@sotto/protocol';
import { decodeDeviceCredential } from '../account/deviceCredential.ts';
import type { DecodedCredential } from '../account/types.ts';
import { readPolicy } from './policy.ts';
import type { Policy } from './policyTypes.ts';
import { groupRefused } from './refusals.ts';
import type { ConversationGroup, GroupMember, GroupRefusal } from './types.ts';

const suiteSizeBytes = 2;

/** The suites a conversation may have; the first is what new ones get. */
export const conversationSuites: readonly SuiteId[] = [suiteIds.hybridChaCha20, suiteIds.x25519ChaCha20];

/** Of leaves that stay: groups of a thousand are looked through with each commit. */
const identities = new WeakMap<Member['credential'], DecodedCredential | null>();

/** The device that a leaf says it is, unchecked; null where its credential is none of ours. */
export function readIdentity({ credential }: Pick<Member, 'credential'>): DecodedCredential | null {
  const known = identities.get(credential);
  if (known !== undefined) return known;
  const identity = credential.kind === 'basic' ? decodeDeviceCredential(credential.identity) : null;
  identities.set(credential, identity);
  return identity;
}

/** The group in `state`; its members must have been checked. */
export function groupOf(state: GroupState): ConversationGroup | GroupRefusal {
  const conversationId = idFromBytes<ConversationId>(state.groupContext.groupId);
  if (conversationId === null) return groupRefused('wrong_conversation');
  const read = readPolicy(state.groupContext.extensions);
  if (typeof read === 'string') return groupRefused(read);
  const members: GroupMember[] = [];
  for (const member of roster(state)) {
    const identity = readIdentity(member);
    if (identity === null) return groupRefused('invalid_credential', { credential: 'malformed' });
    const { accountId, deviceId } = identity;
    members.push({ accountId, deviceId, leaf: member.leafIndex });
  }
  return createGroupValue({ conversationId, policy: read.policy, roster: members }, state);
}

/** The same group after a message: only the secret part of the state has changed. */
export function withState(group: ConversationGroup, state: GroupState): ConversationGroup {
  return createGroupValue(group, state);
}

export function memberAtLeaf(group: ConversationGroup, leaf: number): GroupMember | null {
  return group.roster.find((member) => member.leaf === leaf) ?? null;
}

function createGroupValue(
  known: { conversationId: ConversationId; policy: Policy; roster: readonly GroupMember[] },
  state: GroupState,
): ConversationGroup {
  const { conversationId, policy } = known;
  return {
    kind: 'conversationGroup',
    conversationId,
    suite: state.suite.id,
    epoch: state.groupContext.epoch,
    policy,
    roster: known.roster,
    ownLeaf: state.ownLeafIndex,
    state,
  };
}

/** A suite as it stands before what is encoded in it, 2 bytes. */
export function encodeSuite(suite: SuiteId): Uint8Array {
  return Uint8Array.of(suite >> 8, suite & 0xff);
}

/** The suite at `offset`, or null where this client does not support it for conversations. */
export function decodeSuite(provider: Provider, bytes: Uint8Array, offset = 0): SuiteId | null {
  if (bytes.length < offset + suiteSizeBytes) return null;
  return supportedSuite(provider, (bytes[offset]! << 8) | bytes[offset + 1]!);
}

/** The suite of this number, or null where this client does not support it for conversations. */
export function supportedSuite(provider: Provider, suite: number): SuiteId | null {
  return provider.supports(suite) && conversationSuites.includes(suite) ? suite : null;
}

/** The same for all members of an epoch that has not forked, 32 bytes (RFC 9420 §8.7). */
export function epochAuthenticatorOf(group: ConversationGroup): Uint8Array {
  return epochAuthenticator(group.state);
}

/** Overwrites what `previous` holds beyond `next`, once `next` is persisted; all of it where `next` is null. */
export function eraseGroup(previous: ConversationGroup, next: ConversationGroup | null): void {
  if (next === null) eraseState(previous.state);
  else eraseSuperseded(previous.state, next.state);
}
