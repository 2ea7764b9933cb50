import type { CipherSuite, HpkeKeyPair } from '@sotto/primitives';
import { deriveSecret, deriveSecrets, emptyBytes, expandWithLabel } from '../labels/labels.ts';

/** Secrets of an epoch that are kept (RFC 9420 §8, table 4); each is as long as the hash. */
export interface EpochSecrets {
  readonly senderDataSecret: Uint8Array;
  readonly exporterSecret: Uint8Array;
  readonly externalSecret: Uint8Array;
  readonly membershipKey: Uint8Array;
  readonly resumptionPsk: Uint8Array;
  readonly epochAuthenticator: Uint8Array;
  readonly initSecret: Uint8Array;
}

/** Everything an epoch secret gives; what is not in `EpochSecrets` is used up when the epoch begins. */
export interface DerivedEpoch {
  readonly secrets: EpochSecrets;
  readonly encryptionSecret: Uint8Array;
  readonly confirmationKey: Uint8Array;
}

/** joiner_secret of the epoch whose GroupContext is given. */
export function joinerSecretOf(
  suite: CipherSuite,
  initSecret: Uint8Array,
  commitSecret: Uint8Array,
  groupContextBytes: Uint8Array,
): Uint8Array {
  const extracted = suite.kdf.extract(initSecret, commitSecret);
  const joiner = expandWithLabel(suite, extracted, 'joiner', groupContextBytes, suite.kdf.size);
  extracted.fill(0);
  return joiner;
}

/** The secret between joiner_secret and epoch_secret: joiner_secret with the pre-shared keys mixed in. */
function memberSecretOf(suite: CipherSuite, joinerSecret: Uint8Array, pskSecret: Uint8Array): Uint8Array {
  return suite.kdf.extract(joinerSecret, pskSecret);
}

export function welcomeSecretOf(
  suite: CipherSuite,
  joinerSecret: Uint8Array,
  pskSecret: Uint8Array,
): Uint8Array {
  const member = memberSecretOf(suite, joinerSecret, pskSecret);
  const welcome = deriveSecret(suite, member, 'welcome');
  member.fill(0);
  return welcome;
}

export function epochSecretOf(
  suite: CipherSuite,
  joinerSecret: Uint8Array,
  pskSecret: Uint8Array,
  groupContextBytes: Uint8Array,
): Uint8Array {
  const member = memberSecretOf(suite, joinerSecret, pskSecret);
  const epoch = expandWithLabel(suite, member, 'epoch', groupContextBytes, suite.kdf.size);
  member.fill(0);
  return epoch;
}

/** Derives the epoch and erases `epochSecret`. */
export function deriveEpoch(suite: CipherSuite, epochSecret: Uint8Array): DerivedEpoch {
  const secrets = deriveSecrets(suite, epochSecret, [
    'sender data',
    'exporter',
    'external',
    'membership',
    'resumption',
    'authentication',
    'init',
    'encryption',
    'confirm',
  ]);
  const derived: DerivedEpoch = {
    secrets: {
      senderDataSecret: secrets[0]!,
      exporterSecret: secrets[1]!,
      externalSecret: secrets[2]!,
      membershipKey: secrets[3]!,
      resumptionPsk: secrets[4]!,
      epochAuthenticator: secrets[5]!,
      initSecret: secrets[6]!,
    },
    encryptionSecret: secrets[7]!,
    confirmationKey: secrets[8]!,
  };
  epochSecret.fill(0);
  return derived;
}

/** Key and nonce for the GroupInfo inside a Welcome (RFC 9420 §12.4.3.1). */
export function welcomeKeys(
  suite: CipherSuite,
  welcomeSecret: Uint8Array,
): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  return {
    key: expandWithLabel(suite, welcomeSecret, 'key', emptyBytes, suite.aead.keySize),
    nonce: expandWithLabel(suite, welcomeSecret, 'nonce', emptyBytes, suite.aead.nonceSize),
  };
}

/** The group's key pair for external joins (RFC 9420 §8.3). */
export async function externalKeys(suite: CipherSuite, externalSecret: Uint8Array): Promise<HpkeKeyPair> {
  return suite.hpke.deriveKeyPair(externalSecret);
}

const externalInitLabel = new TextEncoder().encode('MLS 1.0 external init secret');

export async function sealExternalInit(
  suite: CipherSuite,
  externalPub: Uint8Array,
): Promise<{ readonly kemOutput: Uint8Array; readonly initSecret: Uint8Array }> {
  const sealed = await suite.hpke.sealExport(externalPub, emptyBytes, externalInitLabel, suite.kdf.size);
  return { kemOutput: sealed.enc, initSecret: sealed.secret };
}

/** Null where the KEM output is malformed. */
export async function openExternalInit(
  suite: CipherSuite,
  externalSecret: Uint8Array,
  kemOutput: Uint8Array,
): Promise<Uint8Array | null> {
  const { privateKey } = await externalKeys(suite, externalSecret);
  const secret = await suite.hpke.openExport(
    privateKey,
    kemOutput,
    emptyBytes,
    externalInitLabel,
    suite.kdf.size,
  );
  privateKey.fill(0);
  return secret;
}

/** MLS-Exporter (RFC 9420 §8.5). */
export function exportFrom(
  suite: CipherSuite,
  exporterSecret: Uint8Array,
  label: string,
  context: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  const derived = deriveSecret(suite, exporterSecret, label);
  const out = expandWithLabel(suite, derived, 'exported', suite.hash.digest(context), lengthBytes);
  derived.fill(0);
  return out;
}
