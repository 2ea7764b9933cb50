/**
 * The test vectors of spec/accounts.md, spec/attachments.md, spec/calls.md, spec/envelope.md, spec/groups.md and spec/history.md
 * (spec/vectors/*.json), made by the code from fixed inputs: random bytes are counted up (00 01 02 …), so everything can be made again, but for
 * what HPKE encapsulates. Byte strings are hexadecimal.
 */
import { toBinary } from '@bufbuild/protobuf';
import { concatBytes, type Provider } from '@sotto/primitives';
import {
  type AccountId,
  type ChainEntry,
  ChainEntrySchema,
  type ConversationId,
  type DeviceId,
  type TransactionId,
  VaultSchema,
} from '@sotto/protocol';
import { importDevice, signAuthentication } from '../account/device.ts';
import { createDeviceCredential } from '../account/deviceCredential.ts';
import { createChain, extendChain } from '../account/identityChain.ts';
import { lockKey } from '../account/lockKey.ts';
import { passkeyIdOf, passkeyKey, signPasskeyLogin } from '../account/passkey.ts';
import { formatRecoveryCode } from '../account/recoveryCode.ts';
import { sealFile } from '../account/sealedFile.ts';
import { createSlotKey, sealVault } from '../account/vault.ts';
import { sealBody } from '../envelope/body.ts';
import { signedBytes } from '../envelope/message.ts';
import { pad, padmeSize } from '../envelope/padding.ts';
import { attachmentVectors } from './attachmentVectors.ts';
import { callVectors } from './callVectors.ts';
import { accepted } from './conversation.ts';
import { groupVectors } from './groupVectors.ts';
import { historyVectors } from './historyVectors.ts';

export interface VectorFile {
  readonly name: 'accounts' | 'attachments' | 'calls' | 'envelope' | 'groups' | 'history';
  readonly contents: unknown;
}

const accountId = 'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf' as AccountId;
const conversationId = 'c0c1c2c3c4c5c6c7c8c9cacbcccdcecf' as ConversationId;
const transactionId = 'e0e1e2e3e4e5e6e7e8e9eaebecedeeef' as TransactionId;
const deviceIds = [
  'd0d1d2d3d4d5d6d7d8d9dadbdcdddedf',
  'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff',
] as readonly string[] as readonly [DeviceId, DeviceId];
const createdAtMs = Date.UTC(2026, 10, 23);

export async function makeVectors(provider: Provider): Promise<VectorFile[]> {
  return [
    { name: 'accounts', contents: await accountVectors(provider) },
    { name: 'attachments', contents: attachmentVectors(provider) },
    { name: 'calls', contents: await callVectors(provider) },
    { name: 'envelope', contents: await envelopeVectors(provider) },
    { name: 'groups', contents: await groupVectors(provider, counting) },
    { name: 'history', contents: await historyVectors(provider, counting(provider)) },
  ];
}

async function accountVectors(provider: Provider) {
  const identitySeed = fill(32, 0x11);
  const historyPublicKey = fill(provider.hpke.publicKeySize, 0x22);
  const devices = await Promise.all(
    deviceIds.map((deviceId, at) => importDevice(provider, deviceId, fill(32, 0x33 + at))),
  );
  const listed = devices.map(({ deviceId, signingKey }, at) => ({
    deviceId,
    signatureKey: signingKey.publicKey,
    notAfterMs: at === 0 ? null : createdAtMs + 1000,
  }));
  const first = await createChain(provider, {
    accountId,
    identitySeed,
    historyPublicKey,
    device: listed[0]!,
    nowMs: createdAtMs,
  });
  const second = accepted(
    await extendChain(provider, {
      identitySeed,
      chain: first.chain,
      change: { kind: 'addDevice', device: listed[1]! },
      nowMs: createdAtMs + 1,
    }),
  );
  const credential = await createDeviceCredential(provider, identitySeed, second.chain, deviceIds[1]);
  const exportKey = fill(64, 0x44);
  const recoverySecret = fill(20, 0x55);
  const historyPrivateKey = fill(provider.hpke.privateKeySize, 0x66);
  const lockRoot = fill(32, 0x67);
  const slots = await Promise.all([
    createSlotKey(counting(provider), accountId, { kind: 'password', exportKey }),
    createSlotKey(counting(provider), accountId, { kind: 'recovery', recoverySecret }),
  ]);
  const secrets = { identitySeed, historyPrivateKey, earlierHistoryPrivateKeys: [], lockRoot };
  const credentialId = fill(32, 0x5a);
  const prfOutput = fill(32, 0x5b);
  const passkeyId = passkeyIdOf(provider, credentialId);
  const passkeySigner = await passkeyKey(provider, accountId, prfOutput);
  const passkeySlot = await createSlotKey(counting(provider), accountId, {
    kind: 'passkey',
    passkeyId,
    prfOutput,
  });
  const vault = await sealVault(counting(provider), accountId, secrets, slots);
  const key = lockKey(provider, lockRoot, deviceIds[0]);
  const file = new TextEncoder().encode('the contents of a file');
  const sealed = await Array.fromAsync(sealFile(counting(provider), key, [file]));
  const serverId = fill(16, 0x77);
  const nonce = fill(32, 0x88);
  const signature = await signAuthentication(
    devices[0]!.signingKey,
    serverId,
    nonce,
    accountId,
    deviceIds[0],
  );
  return {
    accountId,
    identitySeed: identitySeed.toHex(),
    identityKey: second.chain.identityKey.toHex(),
    devices: devices.map(({ deviceId, seed, signingKey }, at) => ({
      deviceId,
      seed: seed.toHex(),
      signatureKey: signingKey.publicKey.toHex(),
      notAfterMs: listed[at]!.notAfterMs,
    })),
    chain: {
      entries: [first.entry, second.entry].map(encodeEntry),
      hashes: second.chain.hashes.map((hash) => hash.toHex()),
    },
    deviceCredential: { deviceId: deviceIds[1], encoded: credential.toHex() },
    authentication: { serverId: serverId.toHex(), nonce: nonce.toHex(), signature: signature.toHex() },
    vault: {
      exportKey: exportKey.toHex(),
      recoverySecret: recoverySecret.toHex(),
      historyPrivateKey: historyPrivateKey.toHex(),
      lockRoot: lockRoot.toHex(),
      slotKeys: slots.map(({ kind, salt, commitment, publicKey }) => ({
        kind,
        salt: salt.toHex(),
        commitment: commitment.toHex(),
        publicKey: publicKey.toHex(),
      })),
      // Slots are encapsulated with fresh randomness, so this is one of many encodings.
      encoded: toBinary(VaultSchema, vault).toHex(),
    },
    passkey: {
      credentialId: credentialId.toHex(),
      prfOutput: prfOutput.toHex(),
      passkeyId,
      publicKey: passkeySigner.publicKey.toHex(),
      signature: (await signPasskeyLogin(passkeySigner, serverId, nonce, accountId, passkeyId)).toHex(),
      slotKey: {
        salt: passkeySlot.salt.toHex(),
        commitment: passkeySlot.commitment.toHex(),
        publicKey: passkeySlot.publicKey.toHex(),
      },
    },
    recoveryCode: formatRecoveryCode(provider, recoverySecret),
    sealedFile: {
      deviceId: deviceIds[0],
      lockKey: key.toHex(),
      contents: file.toHex(),
      sealed: concatBytes(...sealed).toHex(),
    },
  };
}

async function envelopeVectors(provider: Provider) {
  const content = new TextEncoder().encode('content');
  const k = fill(32, 0x99);
  const device = await importDevice(provider, deviceIds[0], fill(32, 0x33));
  const epoch = 7n;
  const signed = signedBytes(
    conversationId,
    epoch,
    transactionId,
    { accountId, deviceId: deviceIds[0] },
    content,
  );
  const body = sealBody(provider, k, content);
  return {
    padding: [0, 1, 256, 257, 1000, 65_537].map((size) => ({ size, padded: padmeSize(size) })),
    padded: { text: content.toHex(), padded: pad(content).toHex() },
    body: { k: k.toHex(), text: content.toHex(), body: body.toHex() },
    contentSignature: {
      conversationId,
      epoch: Number(epoch),
      transactionId,
      accountId,
      deviceId: deviceIds[0],
      deviceSeed: device.seed.toHex(),
      content: content.toHex(),
      signed: signed.toHex(),
      signature: (await device.signingKey.sign(signed)).toHex(),
    },
    liveWrap: { k: k.toHex(), wrap: concatBytes(k, provider.sha256(body)).toHex() },
  };
}

function encodeEntry(entry: ChainEntry) {
  return {
    body: entry.body.toHex(),
    signature: entry.signature.toHex(),
    encoded: toBinary(ChainEntrySchema, entry).toHex(),
  };
}

function fill(sizeBytes: number, value: number): Uint8Array {
  return new Uint8Array(sizeBytes).fill(value);
}

/** The provider with random bytes that count up from zero. */
function counting(provider: Provider): Provider {
  let next = 0;
  return {
    ...provider,
    randomBytes: (lengthBytes) => Uint8Array.from({ length: lengthBytes }, () => next++ & 0xff),
  };
}
