import type { CipherSuite } from '@sotto/primitives';
import { equalBytes } from '@sotto/primitives';
import { decodeWith } from '../codec/reader.ts';
import { encodeWith, Writer } from '../codec/writer.ts';
import { keyPackageRef, signWithLabel, verifyWithLabel } from '../labels/labels.ts';
import { limits } from '../limits.ts';
import { asRefusal, DecodeError, ensure, type Refused, refuse, settle } from '../refusal.ts';
import type { Capabilities } from '../structs/capabilities.ts';
import { hasDuplicateExtensions } from '../structs/extension.ts';
import { type KeyPackage, writeKeyPackage, writeKeyPackageTbs } from '../structs/keyPackage.ts';
import {
  type LeafNode,
  type LeafNodeSource,
  type LeafPosition,
  writeLeafNodeTbs,
} from '../structs/leafNode.ts';
import { encodeMlsMessage, readMlsMessage } from '../structs/mlsMessage.ts';
import { credentialTypes, protocolVersion } from '../structs/registry.ts';
import { checkLeafContents, checkLeafSignature, checkLifetime } from './leafChecks.ts';
import type {
  KeyPackageOptions,
  LeafOptions,
  LeafPolicy,
  OwnKeyPackage,
  Signer,
  VerifiedKeyPackage,
} from './types.ts';

/** KeyPackages (RFC 9420 §10). */

/** Supports this version and suite, basic credentials, and what `extra` adds to each list. */
export function defaultCapabilities(suite: CipherSuite, extra: Partial<Capabilities> = {}): Capabilities {
  return {
    versions: [protocolVersion, ...(extra.versions ?? [])],
    cipherSuites: [suite.id, ...(extra.cipherSuites ?? [])],
    extensions: extra.extensions ?? [],
    proposals: extra.proposals ?? [],
    credentials: [credentialTypes.basic, ...(extra.credentials ?? [])],
  };
}

/** A signed leaf node. `position` matters for sources update and commit. */
export async function signLeafNode(
  suite: CipherSuite,
  signer: Signer,
  options: LeafOptions,
  encryptionKey: Uint8Array,
  source: LeafNodeSource,
  position: LeafPosition,
): Promise<LeafNode> {
  const unsigned = {
    encryptionKey,
    signatureKey: signer.publicKey,
    credential: options.credential,
    capabilities: options.capabilities ?? defaultCapabilities(suite),
    source,
    extensions: options.extensions ?? [],
  };
  const tbs = new Writer(1024);
  writeLeafNodeTbs(tbs, unsigned, position);
  return { ...unsigned, signature: await signWithLabel(signer, 'LeafNodeTBS', tbs.finish()) };
}

/** Position of a leaf that is not in a group yet. */
export const nowhere: LeafPosition = { groupId: new Uint8Array(0), leafIndex: 0 };

/** Makes a KeyPackage with fresh init and leaf keys. */
export async function createKeyPackage(
  suite: CipherSuite,
  signer: Signer,
  options: KeyPackageOptions,
): Promise<OwnKeyPackage> {
  const initKeys = await suite.hpke.generateKeyPair();
  const leafKeys = await suite.hpke.generateKeyPair();
  const source = { kind: 'keyPackage', lifetime: options.lifetime } as const;
  const unsigned = {
    version: protocolVersion,
    cipherSuite: suite.id,
    initKey: initKeys.publicKey,
    leafNode: await signLeafNode(suite, signer, options, leafKeys.publicKey, source, nowhere),
    extensions: options.keyPackageExtensions ?? [],
  };
  const tbs = encodeWith(unsigned, writeKeyPackageTbs, 2048);
  const keyPackage = { ...unsigned, signature: await signWithLabel(signer, 'KeyPackageTBS', tbs) };
  return ownKeyPackage(suite, keyPackage, initKeys.privateKey, leafKeys.privateKey);
}

function ownKeyPackage(
  suite: CipherSuite,
  keyPackage: KeyPackage,
  initPrivateKey: Uint8Array,
  leafPrivateKey: Uint8Array,
): OwnKeyPackage {
  return {
    kind: 'ownKeyPackage',
    keyPackage,
    bytes: encodeMlsMessage({ kind: 'keyPackage', keyPackage }),
    reference: referenceOf(suite, keyPackage),
    initPrivateKey,
    leafPrivateKey,
  };
}

/** Kept with the KeyPackage: it is asked for when that is verified and again when it is added. */
const references = new WeakMap<KeyPackage, Uint8Array>();

/** KeyPackageRef (RFC 9420 §5.2), by the hash of the KeyPackage's suite, which is `suite`'s. */
export function referenceOf(suite: CipherSuite, keyPackage: KeyPackage): Uint8Array {
  const known = references.get(keyPackage);
  if (known !== undefined) return known;
  const reference = keyPackageRef(suite, encodeWith(keyPackage, writeKeyPackage, 4096));
  references.set(keyPackage, reference);
  return reference;
}

/** KeyPackage validation (RFC 9420 §10.1), lifetime included. */
export async function checkKeyPackage(
  suite: CipherSuite,
  keyPackage: KeyPackage,
  policy: LeafPolicy,
): Promise<void> {
  ensure(keyPackage.version === protocolVersion, 'MLS-10.1-01');
  ensure(keyPackage.cipherSuite === suite.id, 'MLS-10.1-02');
  ensure(!equalBytes(keyPackage.initKey, keyPackage.leafNode.encryptionKey), 'MLS-10.1-04');
  ensure(await suite.hpke.isPublicKey(keyPackage.initKey), 'MLS-10.1-05');
  ensure(!hasDuplicateExtensions(keyPackage.extensions), 'MLS-10.1-06');
  checkLifetime(keyPackage.leafNode, policy);
  await checkLeafContents(suite, keyPackage.leafNode);
  await checkLeafSignature(suite, keyPackage.leafNode, nowhere);
  const tbs = encodeWith(keyPackage, writeKeyPackageTbs, 2048);
  const { signatureKey } = keyPackage.leafNode;
  const valid = await verifyWithLabel(suite, signatureKey, 'KeyPackageTBS', tbs, keyPackage.signature);
  ensure(valid, 'MLS-10.1-07');
}

/** What must hold of a KeyPackage verified earlier, perhaps for another suite or at another time. */
export function checkStillGood(suite: CipherSuite, keyPackage: KeyPackage, policy: LeafPolicy): void {
  ensure(keyPackage.cipherSuite === suite.id, 'MLS-10.1-02');
  checkLifetime(keyPackage.leafNode, policy);
}

/** Decodes and checks a published KeyPackage (MLSMessage). Its credential is for the caller to judge. */
export function verifyKeyPackage(
  suite: CipherSuite,
  bytes: Uint8Array,
  policy: LeafPolicy,
): Promise<VerifiedKeyPackage | Refused> {
  return settle(async () => {
    ensure(bytes.length <= limits.maxMessageBytes, 'MLS-P-05');
    const message = decodeWith(bytes, readMlsMessage);
    ensure(message.kind === 'keyPackage', 'MLS-6-03');
    const { keyPackage } = message;
    await checkKeyPackage(suite, keyPackage, policy);
    const reference = referenceOf(suite, keyPackage);
    return { kind: 'verifiedKeyPackage', keyPackage, bytes: bytes.slice(), reference };
  });
}

const secretsVersion = 1;

/** Private and public half for storage. Secret. */
export function encodeKeyPackageSecrets(own: OwnKeyPackage): Uint8Array {
  const writer = new Writer(4096).u8(secretsVersion);
  return writer.opaque(own.bytes).opaque(own.initPrivateKey).opaque(own.leafPrivateKey).finish();
}

export function decodeKeyPackageSecrets(suite: CipherSuite, bytes: Uint8Array): OwnKeyPackage | Refused {
  try {
    return decodeWith(bytes, (reader) => {
      if (reader.u8() !== secretsVersion) throw new DecodeError('MLS-P-16');
      const message = decodeWith(reader.opaque(), readMlsMessage);
      const keyPackage = message.kind === 'keyPackage' ? message.keyPackage : refuse('MLS-P-16');
      ensure(keyPackage.cipherSuite === suite.id, 'MLS-P-17');
      const initPrivateKey = reader.opaque();
      return ownKeyPackage(suite, keyPackage, initPrivateKey, reader.opaque());
    });
  } catch (error) {
    return asRefusal(error);
  }
}

/** Overwrites the private half: once used for joining, or expired. */
export function eraseKeyPackage(own: OwnKeyPackage): void {
  own.initPrivateKey.fill(0);
  own.leafPrivateKey.fill(0);
}
