/** Joining by Welcome (spec/groups.md, "Being added"). */
import { eraseKeyPackage, mergeJoin, type OwnKeyPackage, stageWelcome, welcomeRecipients } from '@sotto/mls';
import { type CipherSuite, equalBytes } from '@sotto/primitives';
import { idFromBytes, limits } from '@sotto/protocol';
import { deviceOf } from './commitPolicy.ts';
import { groupOf } from './conversationGroup.ts';
import { decodePrivatePart } from './keyPackages.ts';
import { checkRoster } from './memberIdentity.ts';
import { readPolicy } from './policy.ts';
import { checkPolicyOnJoin } from './policyChange.ts';
import { fromMls, groupRefused } from './refusals.ts';
import type {
  CryptoContext,
  Directory,
  GroupRefusal,
  JoinedGroup,
  Self,
  WelcomeJoinOptions,
} from './types.ts';

/** A Welcome sent to one device names one KeyPackage; more than these are not looked up. */
const maxRecipients = 16;

/** Names of the KeyPackages that a Welcome is for: whatever comes of it, none of them is to open another. */
export function welcomeKeyPackages(welcome: Uint8Array): readonly Uint8Array[] {
  if (welcome.length > limits.welcomeSizeBytes) return [];
  const refs = welcomeRecipients(welcome);
  return 'kind' in refs ? [] : refs.slice(0, maxRecipients);
}

/** The KeyPackage used is to be deleted with the transaction that stores the group; a last-resort one as soon as may be. */
export async function joinFromWelcome(
  context: CryptoContext,
  self: Self,
  options: WelcomeJoinOptions,
  directory: Directory,
): Promise<JoinedGroup | GroupRefusal> {
  const { welcome, ratchetTree } = options;
  if (welcome.length > limits.welcomeSizeBytes || ratchetTree.length > limits.ratchetTreeSizeBytes) {
    return groupRefused('malformed');
  }
  const found = await findOwnKeyPackage(context, options);
  if (found.kind === 'refused') return found;
  const joined = await join(context, self, options, found.suite, found.own, directory);
  eraseKeyPackage(found.own);
  return joined;
}

async function join(
  context: CryptoContext,
  self: Self,
  { conversationId, welcome, ratchetTree }: WelcomeJoinOptions,
  suite: CipherSuite,
  keyPackage: OwnKeyPackage,
  directory: Directory,
): Promise<JoinedGroup | GroupRefusal> {
  const staged = await stageWelcome(suite, { welcome, keyPackage, ratchetTree });
  if (staged.kind === 'refused') return fromMls(staged.reason);
  if (idFromBytes(staged.groupId) !== conversationId) return groupRefused('wrong_conversation');
  if (staged.psks.length > 0) return groupRefused('not_allowed_proposal');
  const read = readPolicy(staged.extensions);
  if (typeof read === 'string') return groupRefused(read);
  const own = deviceOf(staged.own);
  if (own === null || own.deviceId !== self.deviceId || own.accountId !== self.accountId) {
    return groupRefused('wrong_device');
  }
  const refusal = await checkRoster(context, directory, read.policy, staged.roster);
  if (refusal !== null) return refusal;
  // One of the roster, whose identities were just read.
  const adder = deviceOf(staged.adder)!;
  const wrongPolicy = checkPolicyOnJoin(read.policy, staged.epoch, adder.accountId);
  if (wrongPolicy !== null) return wrongPolicy;
  const group = groupOf(mergeJoin(staged));
  if (group.kind === 'refused') return group;
  return { kind: 'joined', group, usedKeyPackageRef: keyPackage.reference };
}

async function findOwnKeyPackage(
  { provider }: CryptoContext,
  { welcome, findKeyPackage }: WelcomeJoinOptions,
): Promise<ReturnType<typeof decodePrivatePart>> {
  const refs = welcomeRecipients(welcome);
  if ('kind' in refs) return fromMls(refs.reason);
  for (const ref of refs.slice(0, maxRecipients)) {
    const privatePart = await findKeyPackage(ref);
    if (privatePart === null) continue;
    const decoded = decodePrivatePart(provider, privatePart);
    if (decoded.kind === 'refused') return decoded;
    return equalBytes(decoded.own.reference, ref) ? decoded : groupRefused('unknown_key_package');
  }
  return groupRefused('unknown_key_package');
}
