/**
 * The conversation policy (spec/groups.md, "Policy"): a GroupContext extension, so MLS has every member agree on
 * it, and required of every member's capabilities. Decoding accepts one encoding of a policy only.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { defaultCapabilities, type Extension, extensionTypes } from '@sotto/mls';
import { type CipherSuite, equalBytes } from '@sotto/primitives';
import {
  type AccountId,
  ConversationKind,
  type ConversationPolicy,
  ConversationPolicySchema,
  idToBytes,
  limits,
} from '@sotto/protocol';
import { decodeMessage } from '../decodeMessage.ts';
import { encodableGroup, groupFrom, isAmong } from './groupPolicyCodec.ts';
import type { DirectPolicy, GroupPolicy, NewGroupOptions, Policy } from './policyTypes.ts';
import { sortedIds } from './rightsCodec.ts';
import { defaultRights } from './roles.ts';
import { isTimer } from './timer.ts';

/** Private-use extension type (RFC 9420 §17.3). */
export const policyExtensionType = 0xf0a0;
const version = 1;
const maxDirectAccounts = 2;

/** RequiredCapabilities (RFC 9420 §11.1): the policy extension, no proposal types, no credential types. */
const requiredCapabilities = Uint8Array.of(2, policyExtensionType >> 8, policyExtensionType & 0xff, 0, 0);

/**
 * A new group's policy. Throws a RangeError for what none can have: other accounts than the named ones as owner, admins or
 * without history, or more than the limits.
 */
export function groupPolicy(options: NewGroupOptions): GroupPolicy {
  const policy: GroupPolicy = {
    kind: 'group',
    accountIds: [...new Set(options.accountIds)].sort(),
    revision: 0,
    historyOff: [...(options.historyOff ?? [])].sort(),
    timerSeconds: options.timerSeconds ?? 0,
    ownerId: options.ownerId,
    adminIds: [...(options.adminIds ?? [])].sort(),
    rights: options.rights ?? defaultRights,
    sharesHistory: options.sharesHistory ?? false,
    detailsHash: options.detailsHash,
    invites: [],
    leavingIds: [],
    deleted: false,
  };
  if (decodePolicy(encodePolicy(policy)) === null) throw new RangeError('Not the policy of a group');
  return policy;
}

/**
 * A new direct conversation's policy: two accounts, or one for notes to oneself. `historyOff`: the creator's account,
 * where it wants no history. `timerSeconds`: the creator's choice.
 */
export function directPolicy(
  accountIds: readonly AccountId[],
  historyOff: readonly AccountId[] = [],
  timerSeconds = 0,
): DirectPolicy {
  const sorted = [...new Set(accountIds)].sort();
  if (sorted.length === 0 || sorted.length > maxDirectAccounts) {
    throw new RangeError('A direct conversation has one or two accounts');
  }
  if (!isTimer(timerSeconds)) throw new RangeError('Not a timer');
  const off = [...new Set(historyOff)].sort();
  return { kind: 'direct', accountIds: sorted, revision: 0, historyOff: off, timerSeconds };
}

/** Whether messages are kept for the members' other and later devices: no member account has turned that off. */
export function isHistoryOn(policy: Policy): boolean {
  return policy.historyOff.length === 0;
}

/** What a member's leaf says it supports. */
export function memberCapabilities(suite: CipherSuite) {
  return defaultCapabilities(suite, { extensions: [policyExtensionType] });
}

/** The GroupContext extensions of a conversation with this policy: all of them. */
export function groupExtensions(policy: Policy): Extension[] {
  return [
    { type: extensionTypes.requiredCapabilities, data: requiredCapabilities },
    { type: policyExtensionType, data: encodePolicy(policy) },
  ];
}

/** The policy in GroupContext extensions, or why there is none that this client could enforce. */
export function readPolicy(
  extensions: readonly Extension[],
): { readonly kind: 'policy'; readonly policy: Policy } | 'missing_policy' | 'invalid_policy' {
  const data = extensions.find((extension) => extension.type === policyExtensionType)?.data;
  if (data === undefined) return 'missing_policy';
  const policy = decodePolicy(data);
  if (policy === null || !sameExtensions(extensions, groupExtensions(policy))) return 'invalid_policy';
  return { kind: 'policy', policy };
}

export function encodePolicy(policy: Policy): Uint8Array {
  return toBinary(
    ConversationPolicySchema,
    create(ConversationPolicySchema, {
      version,
      kind: policy.kind === 'direct' ? ConversationKind.DIRECT : ConversationKind.GROUP,
      accountIds: policy.accountIds.map(idToBytes),
      revision: policy.revision,
      historyOffAccounts: policy.historyOff.map(idToBytes),
      timerSeconds: policy.timerSeconds,
      ...(policy.kind === 'group' ? { group: encodableGroup(policy) } : {}),
    }),
  );
}

/** Null for anything but the encoding that `encodePolicy` gives. */
export function decodePolicy(bytes: Uint8Array): Policy | null {
  const decoded = decodeMessage(ConversationPolicySchema, bytes);
  if (decoded === null || decoded.version !== version) return null;
  const policy = policyFrom(decoded);
  return policy !== null && equalBytes(encodePolicy(policy), bytes) ? policy : null;
}

function policyFrom(decoded: ConversationPolicy): Policy | null {
  const { kind, revision, group, timerSeconds } = decoded;
  const isGroup = kind === ConversationKind.GROUP;
  const maxAccounts = isGroup ? limits.accountsPerConversation : maxDirectAccounts;
  const accountIds = sortedIds<AccountId>(decoded.accountIds, maxAccounts);
  if (accountIds === null || accountIds.length === 0) return null;
  const historyOff = sortedIds<AccountId>(decoded.historyOffAccounts, maxAccounts);
  if (historyOff === null || !isAmong(accountIds, historyOff)) return null;
  if (timerSeconds === undefined || !isTimer(timerSeconds)) return null;
  const common = { accountIds, revision, historyOff, timerSeconds };
  if (isGroup) return group === undefined ? null : groupFrom(common, group);
  return kind === ConversationKind.DIRECT && group === undefined ? { kind: 'direct', ...common } : null;
}

export function sameExtensions(one: readonly Extension[], other: readonly Extension[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ type, data }, at) => type === other[at]!.type && equalBytes(data, other[at]!.data))
  );
}
