import type { CipherSuite } from '@sotto/primitives';
import { decodeWith } from '../codec/reader.ts';
import { encodeWith } from '../codec/writer.ts';
import { senderDataKeys } from '../framing/senderData.ts';
import {
  decryptWithLabel,
  deriveSecret,
  encryptWithLabel,
  expandWithLabel,
  refHash,
  signWithLabel,
  verifyWithLabel,
} from '../labels/labels.ts';
import {
  deriveEpoch,
  epochSecretOf,
  exportFrom,
  externalKeys,
  joinerSecretOf,
  welcomeSecretOf,
} from '../schedule/keySchedule.ts';
import { pskSecretOf } from '../schedule/pskSecret.ts';
import { keyForGeneration, newSecretTree, ratchetsOf } from '../schedule/secretTree.ts';
import {
  confirmationTagOf,
  confirmedTranscriptHash,
  interimTranscriptHash,
} from '../schedule/transcriptHash.ts';
import { readAuthenticatedContent } from '../structs/framedContent.ts';
import { writeGroupContext } from '../structs/groupContext.ts';
import { check, checkHex, fromHex, toHex } from './bytes.ts';
import type {
  CryptoBasicsVector,
  KeyScheduleVector,
  PskSecretVector,
  SecretTreeVector,
  TranscriptHashesVector,
} from './vectorTypes.ts';

export async function checkCryptoBasics(suite: CipherSuite, vector: CryptoBasicsVector): Promise<void> {
  const { ref_hash, expand_with_label, derive_secret, derive_tree_secret } = vector;
  checkHex(refHash(suite, ref_hash.label, fromHex(ref_hash.value)), ref_hash.out, 'RefHash');
  const { secret, label, context, length, out } = expand_with_label;
  const expanded = expandWithLabel(suite, fromHex(secret), label, fromHex(context), length);
  checkHex(expanded, out, 'ExpandWithLabel');
  const derived = deriveSecret(suite, fromHex(derive_secret.secret), derive_secret.label);
  checkHex(derived, derive_secret.out, 'DeriveSecret');
  const generation = encodeWith(derive_tree_secret.generation, (w, value) => {
    w.u32(value);
  });
  const treeSecret = expandWithLabel(
    suite,
    fromHex(derive_tree_secret.secret),
    derive_tree_secret.label,
    generation,
    derive_tree_secret.length,
  );
  checkHex(treeSecret, derive_tree_secret.out, 'DeriveTreeSecret');

  const sign = vector.sign_with_label;
  const content = fromHex(sign.content);
  const pub = fromHex(sign.pub);
  check(await verifyWithLabel(suite, pub, sign.label, content, fromHex(sign.signature)), 'VerifyWithLabel');
  const signer = await suite.signature.importKey(fromHex(sign.priv));
  checkHex(signer.publicKey, sign.pub, 'public key');
  const signature = await signWithLabel(signer, sign.label, content);
  check(await verifyWithLabel(suite, pub, sign.label, content, signature), 'SignWithLabel');

  const seal = vector.encrypt_with_label;
  const sealContext = fromHex(seal.context);
  const given = { enc: fromHex(seal.kem_output), ciphertext: fromHex(seal.ciphertext) };
  const opened = await decryptWithLabel(suite, fromHex(seal.priv), seal.label, sealContext, given);
  checkHex(opened, seal.plaintext, 'DecryptWithLabel');
  const plaintext = fromHex(seal.plaintext);
  const sealed = await encryptWithLabel(suite, fromHex(seal.pub), seal.label, sealContext, plaintext);
  const again = await decryptWithLabel(suite, fromHex(seal.priv), seal.label, sealContext, sealed);
  checkHex(again, seal.plaintext, 'EncryptWithLabel');
}

export async function checkKeySchedule(suite: CipherSuite, vector: KeyScheduleVector): Promise<void> {
  let initSecret = fromHex(vector.initial_init_secret);
  for (const [index, epoch] of vector.epochs.entries()) {
    const context = encodeWith(
      {
        version: 1,
        cipherSuite: suite.id,
        groupId: fromHex(vector.group_id),
        epoch: BigInt(index),
        treeHash: fromHex(epoch.tree_hash),
        confirmedTranscriptHash: fromHex(epoch.confirmed_transcript_hash),
        extensions: [],
      },
      writeGroupContext,
    );
    checkHex(context, epoch.group_context, 'group_context');
    const joiner = joinerSecretOf(suite, initSecret, fromHex(epoch.commit_secret), context);
    checkHex(joiner, epoch.joiner_secret, 'joiner_secret');
    const psk = fromHex(epoch.psk_secret);
    checkHex(welcomeSecretOf(suite, joiner, psk), epoch.welcome_secret, 'welcome_secret');
    const derived = deriveEpoch(suite, epochSecretOf(suite, joiner, psk, context));
    const { secrets } = derived;
    checkHex(secrets.initSecret, epoch.init_secret, 'init_secret');
    checkHex(secrets.senderDataSecret, epoch.sender_data_secret, 'sender_data_secret');
    checkHex(derived.encryptionSecret, epoch.encryption_secret, 'encryption_secret');
    checkHex(secrets.exporterSecret, epoch.exporter_secret, 'exporter_secret');
    checkHex(secrets.epochAuthenticator, epoch.epoch_authenticator, 'epoch_authenticator');
    checkHex(secrets.externalSecret, epoch.external_secret, 'external_secret');
    checkHex(derived.confirmationKey, epoch.confirmation_key, 'confirmation_key');
    checkHex(secrets.membershipKey, epoch.membership_key, 'membership_key');
    checkHex(secrets.resumptionPsk, epoch.resumption_psk, 'resumption_psk');
    const external = await externalKeys(suite, secrets.externalSecret);
    checkHex(external.publicKey, epoch.external_pub, 'external_pub');
    const { label, context: exporterContext, length, secret } = epoch.exporter;
    const exported = exportFrom(suite, secrets.exporterSecret, label, fromHex(exporterContext), length);
    checkHex(exported, secret, 'exporter');
    initSecret = secrets.initSecret;
  }
}

export function checkPskSecret(suite: CipherSuite, vector: PskSecretVector): void {
  const psks = vector.psks.map((psk) => ({
    id: { kind: 'external', pskId: fromHex(psk.psk_id), nonce: fromHex(psk.psk_nonce) } as const,
    secret: fromHex(psk.psk),
  }));
  checkHex(pskSecretOf(suite, psks), vector.psk_secret, 'psk_secret');
}

export function checkSecretTree(suite: CipherSuite, vector: SecretTreeVector): void {
  const { sender_data: data } = vector;
  const keys = senderDataKeys(suite, fromHex(data.sender_data_secret), fromHex(data.ciphertext));
  checkHex(keys.key, data.key, 'sender data key');
  checkHex(keys.nonce, data.nonce, 'sender data nonce');
  const tree = newSecretTree(fromHex(vector.encryption_secret), vector.leaves.length);
  for (const [leafIndex, generations] of vector.leaves.entries()) {
    let { handshake, application } = ratchetsOf(suite, tree, leafIndex);
    for (const expected of generations) {
      const app = keyForGeneration(suite, application, expected.generation);
      const hand = keyForGeneration(suite, handshake, expected.generation);
      checkHex(app.key, expected.application_key, 'application key');
      checkHex(app.nonce, expected.application_nonce, 'application nonce');
      checkHex(hand.key, expected.handshake_key, 'handshake key');
      checkHex(hand.nonce, expected.handshake_nonce, 'handshake nonce');
      application = app.ratchet;
      handshake = hand.ratchet;
    }
  }
}

export function checkTranscriptHashes(suite: CipherSuite, vector: TranscriptHashesVector): void {
  const message = decodeWith(fromHex(vector.authenticated_content), readAuthenticatedContent);
  const before = fromHex(vector.interim_transcript_hash_before);
  const { wireFormat, content, auth } = message;
  const confirmed = confirmedTranscriptHash(suite, before, wireFormat, content, auth.signature);
  checkHex(confirmed, vector.confirmed_transcript_hash_after, 'confirmed transcript hash');
  const tag = confirmationTagOf(suite, fromHex(vector.confirmation_key), confirmed);
  check(auth.confirmationTag !== null, 'commit has a tag');
  checkHex(tag, toHex(auth.confirmationTag), 'confirmation tag');
  const interim = interimTranscriptHash(suite, confirmed, auth.confirmationTag);
  checkHex(interim, vector.interim_transcript_hash_after, 'interim transcript hash');
}
