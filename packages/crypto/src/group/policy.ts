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
  ConversationPolicySchema,
  idFromBytes,
  idToBytes,
} from '@sotto/protocol';
import { decodeMessage } from '../decodeMessage.ts';
import type { Policy } from './types.ts';

/** Private-use extension type (RFC 9420 §17.3). */
export const policyExtensionType = 0xf0a0;
const version = 1;
const maxDirectAccounts = 2;
/** Of the field on the wire. */
export const maxRevision = 2 ** 32 - 1;

/** RequiredCapabilities (RFC 9420 §11.1): the policy extension, no proposal types, no credential types. */
const requiredCapabilities = Uint8Array.of(2, policyExtensionType >> 8, policyExtensionType & 0xff, 0, 0);

/**
 * A new direct conversation's policy: two accounts, or one for notes to oneself. `historyOff`: the creator's account,
 * where it wants no history.
 */
export function directPolicy(
  accountIds: readonly AccountId[],
  historyOff: readonly AccountId[] = [],
): Policy {
  const sorted = [...new Set(accountIds)].sort();
  if (sorted.length === 0 || sorted.length > maxDirectAccounts) {
    throw new RangeError('A direct conversation has one or two accounts');
  }
  return { kind: 'direct', accountIds: sorted, revision: 0, historyOff: [...new Set(historyOff)].sort() };
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
      kind: ConversationKind.DIRECT,
      accountIds: policy.accountIds.map(idToBytes),
      revision: policy.revision,
      historyOffAccounts: policy.historyOff.map(idToBytes),
    }),
  );
}

/** Null for anything but the encoding that `encodePolicy` gives. */
export function decodePolicy(bytes: Uint8Array): Policy | null {
  const decoded = decodeMessage(ConversationPolicySchema, bytes);
  if (decoded === null || decoded.version !== version || decoded.kind !== ConversationKind.DIRECT)
    return null;
  const accountIds = decodeAccounts(decoded.accountIds);
  const historyOff = decodeAccounts(decoded.historyOffAccounts);
  if (accountIds === null || accountIds.length === 0 || historyOff === null) return null;
  if (!historyOff.every((accountId) => accountIds.includes(accountId))) return null;
  const policy = { ...directPolicy(accountIds, historyOff), revision: decoded.revision };
  return equalBytes(encodePolicy(policy), bytes) ? policy : null;
}

function decodeAccounts(ids: readonly Uint8Array[]): AccountId[] | null {
  if (ids.length > maxDirectAccounts) return null;
  const accountIds = ids.map((id) => idFromBytes<AccountId>(id));
  return accountIds.includes(null) ? null : (accountIds as AccountId[]);
}

export function sameExtensions(one: readonly Extension[], other: readonly Extension[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ type, data }, at) => type === other[at]!.type && equalBytes(data, other[at]!.data))
  );
}
