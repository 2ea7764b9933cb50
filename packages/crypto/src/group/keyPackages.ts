/** KeyPackages (spec/groups.md, "KeyPackages"): how others add this device. */
import {
  createKeyPackage,
  decodeKeyPackageSecrets,
  encodeKeyPackageSecrets,
  type OwnKeyPackage,
  type VerifiedKeyPackage,
  verifyKeyPackage,
} from '@sotto/mls';
import { type CipherSuite, concatBytes, type Provider, wipe } from '@sotto/primitives';
import { conversationSuites, decodeSuite, encodeSuite } from './conversationGroup.ts';
import { checkMember } from './memberIdentity.ts';
import { memberCapabilities } from './policy.ts';
import type { Policy } from './policyTypes.ts';
import { fromMls, groupRefused } from './refusals.ts';
import type {
  ClaimedKeyPackage,
  CryptoContext,
  DeviceRef,
  Directory,
  GroupRefusal,
  NewKeyPackage,
  Self,
} from './types.ts';

const lifetimeSeconds = 90 * 24 * 3600;
/** So that a device whose clock is weeks behind can add this one; the engine allows a day either way beyond it. */
const backdatedSeconds = 30 * 24 * 3600;
const suiteSizeBytes = 2;

/** Judgement of leaves by the engine: what this package publishes lives no longer than this. */
export const maxLifetimeSeconds = lifetimeSeconds + backdatedSeconds;

/** Seconds since 1970 between which a leaf made now is good. */
export function leafLifetime(nowMs: number) {
  const now = Math.floor(nowMs / 1000);
  return { notBefore: BigInt(now - backdatedSeconds), notAfter: BigInt(now + lifetimeSeconds) };
}

/** New KeyPackages, good for 90 days. Their private parts are to be stored before they are published. */
export async function createKeyPackages(
  context: CryptoContext,
  self: Self,
  count: number,
  options: { readonly lastResort?: boolean; readonly suite?: number } = {},
): Promise<readonly NewKeyPackage[]> {
  const suite = suiteFor(context.provider, options.suite);
  const made: NewKeyPackage[] = [];
  for (let i = 0; i < count; i++) {
    const own = await createKeyPackage(suite, self.signingKey, {
      credential: { kind: 'basic', identity: self.credential },
      capabilities: memberCapabilities(suite),
      lifetime: leafLifetime(context.nowMs),
    });
    const secrets = encodeKeyPackageSecrets(own);
    made.push({
      keyPackage: own.bytes,
      ref: own.reference,
      privatePart: concatBytes(encodeSuite(suite.id), secrets),
      lastResort: options.lastResort ?? false,
    });
    wipe(secrets);
  }
  return made;
}

/** The suite asked for, or the default. Throws a RangeError for one that conversations may not have. */
export function suiteFor(provider: Provider, wanted: number = conversationSuites[0]!): CipherSuite {
  const suite = conversationSuites.find((id) => id === wanted);
  if (suite === undefined) throw new RangeError('Not a suite for conversations');
  return provider.suite(suite);
}

/** A stored private part. */
export function decodePrivatePart(
  provider: Provider,
  privatePart: Uint8Array,
): { readonly kind: 'decoded'; readonly suite: CipherSuite; readonly own: OwnKeyPackage } | GroupRefusal {
  const id = decodeSuite(provider, privatePart);
  if (id === null) return groupRefused('unsupported_suite');
  const suite = provider.suite(id);
  const own = decodeKeyPackageSecrets(suite, privatePart.subarray(suiteSizeBytes));
  return own.kind === 'refused' ? fromMls(own.reason) : { kind: 'decoded', suite, own };
}

/** Checks a KeyPackage that the server gave for a device: all of it, before anything is sealed to it. */
export async function checkClaimed(
  context: CryptoContext,
  suite: CipherSuite,
  directory: Directory,
  policy: Policy,
  claimed: ClaimedKeyPackage,
): Promise<VerifiedKeyPackage | GroupRefusal> {
  const device: DeviceRef = { accountId: claimed.accountId, deviceId: claimed.deviceId };
  const { nowMs } = context;
  const verified = await verifyKeyPackage(suite, claimed.keyPackage, { nowMs, maxLifetimeSeconds });
  if (verified.kind === 'refused') {
    const refusal = fromMls(verified.reason, { device });
    return refusal.reason === 'invalid' ? { ...refusal, reason: 'invalid_key_package' } : refusal;
  }
  const { leafNode } = verified.keyPackage;
  const { credential, signatureKey } = leafNode;
  const member = { leafIndex: 0, credential, signatureKey, leafNode };
  const checked = await checkMember(context, directory, policy, member, 'listed');
  if (checked.kind === 'refused') return { ...checked, device };
  if (checked.accountId !== device.accountId || checked.deviceId !== device.deviceId) {
    return groupRefused('wrong_device', { device });
  }
  return verified;
}
