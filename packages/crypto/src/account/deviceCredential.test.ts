import { create, toBinary } from '@bufbuild/protobuf';
import { CredentialBodySchema, DeviceCredentialSchema } from '@sotto/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeMessage } from '../decodeMessage.ts';
import { labelled } from '../labels.ts';
import { flipBit, nowMs, provider, TestAccount } from '../testing/account.ts';
import { CredentialCache } from './credentialCache.ts';
import { importDevice, signAuthentication } from './device.ts';
import {
  createDeviceCredential,
  decodeDeviceCredential,
  maxCredentialSizeBytes,
  verifyDeviceCredential,
} from './deviceCredential.ts';
import type { DeviceKeys } from './types.ts';

const context = { provider, nowMs };
let alice: TestAccount;
let mallory: TestAccount;
let device: DeviceKeys;
let credential: Uint8Array;

beforeAll(async () => {
  alice = await TestAccount.create();
  mallory = await TestAccount.create();
  device = await alice.addDevice(nowMs + 1000);
  credential = (await alice.self(device)).credential;
});

function refusal(reason: string) {
  return { kind: 'refused', reason };
}

describe('device credential', () => {
  it('verifies against its leaf and chain', async () => {
    expect(
      await verifyDeviceCredential(context, credential, device.signingKey.publicKey, alice.chain),
    ).toEqual({
      kind: 'verifiedCredential',
      accountId: alice.accountId,
      deviceId: device.deviceId,
    });
    expect(decodeDeviceCredential(credential)).toEqual({
      accountId: alice.accountId,
      deviceId: device.deviceId,
      signatureKey: device.signingKey.publicKey,
      chainSeq: 1,
      chainHash: alice.chain.hashes[1],
    });
  });

  it('is refused with another leaf key, another account, after its end', async () => {
    const { publicKey } = device.signingKey;
    const other = alice.keys[0]!.signingKey.publicKey;
    expect(await verifyDeviceCredential(context, credential, other, alice.chain)).toEqual(
      refusal('wrong_key'),
    );
    expect(await verifyDeviceCredential(context, credential, publicKey, mallory.chain)).toEqual(
      refusal('wrong_account'),
    );
    const late = { provider, nowMs: nowMs + 1001 };
    expect(await verifyDeviceCredential(late, credential, publicKey, alice.chain)).toEqual(
      refusal('expired'),
    );
    expect((await verifyDeviceCredential(late, credential, publicKey, alice.chain, 'wasListed')).kind).toBe(
      'verifiedCredential',
    );
  });

  it('is refused where the chain does not list the device any more', async () => {
    const owner = await TestAccount.create();
    const gone = await owner.addDevice();
    const self = await owner.self(gone);
    await owner.removeDevice(gone);
    const key = gone.signingKey.publicKey;
    expect(await verifyDeviceCredential(context, self.credential, key, owner.chain)).toEqual(
      refusal('unknown_device'),
    );
    expect((await verifyDeviceCredential(context, self.credential, key, owner.chain, 'wasListed')).kind).toBe(
      'verifiedCredential',
    );
    await expect(
      createDeviceCredential(provider, owner.secrets.identitySeed, owner.chain, gone.deviceId),
    ).rejects.toThrow(RangeError);
  });

  it('is refused when signed by anyone but the identity key, cached or not', async () => {
    const forged = await createDeviceCredential(
      provider,
      mallory.secrets.identitySeed,
      alice.chain,
      device.deviceId,
    );
    const credentials = new CredentialCache();
    const key = device.signingKey.publicKey;
    for (const known of [context, { ...context, credentials }, { ...context, credentials }]) {
      expect(await verifyDeviceCredential(known, forged, key, alice.chain)).toEqual(
        refusal('invalid_signature'),
      );
    }
  });

  it('is refused where it names an entry that is not the chain\u2019s', async () => {
    const signed = decodeMessage(DeviceCredentialSchema, credential)!;
    const body = decodeMessage(CredentialBodySchema, signed.body)!;
    body.chainHash = alice.chain.hashes[0]!;
    const bytes = toBinary(CredentialBodySchema, body);
    const identity = await provider.ed25519.importKey(alice.secrets.identitySeed);
    const signature = await identity.sign(labelled('deviceCredential', bytes));
    const renamed = toBinary(
      DeviceCredentialSchema,
      create(DeviceCredentialSchema, { body: bytes, signature }),
    );
    expect(await verifyDeviceCredential(context, renamed, device.signingKey.publicKey, alice.chain)).toEqual(
      refusal('unknown_chain_entry'),
    );
  });

  it('is checked once with a cache, and its place in the chain each time', async () => {
    let verifications = 0;
    const counting = {
      ...provider,
      ed25519: {
        ...provider.ed25519,
        verify: (...input: Parameters<typeof provider.ed25519.verify>) => {
          verifications += 1;
          return provider.ed25519.verify(...input);
        },
      },
    };
    const cached = { provider: counting, nowMs, credentials: new CredentialCache(1) };
    const key = device.signingKey.publicKey;
    await verifyDeviceCredential(cached, credential, key, alice.chain);
    await verifyDeviceCredential(cached, credential, key, alice.chain);
    expect(verifications).toBe(1);
    const late = { ...cached, nowMs: nowMs + 5000 };
    expect(await verifyDeviceCredential(late, credential, key, alice.chain)).toEqual(refusal('expired'));
    const first = await alice.self();
    await verifyDeviceCredential(cached, first.credential, first.signingKey.publicKey, alice.chain);
    await verifyDeviceCredential(cached, credential, key, alice.chain);
    expect(verifications).toBe(3);
  });

  it('has no bit that changes what is verified, and refuses any bytes', async () => {
    const key = device.signingKey.publicKey;
    const { accountId } = alice;
    const { deviceId } = device;
    const { body } = decodeMessage(DeviceCredentialSchema, credential)!;
    const end = (credential.length - 64 - 2) * 8;
    const start = end - body.length * 8;
    // The wrapper around body and signature is not signed: a bit of it that protobuf ignores may be turned.
    await fc.assert(
      fc.asyncProperty(fc.nat(credential.length * 8 - 1), async (bit) => {
        const verified = await verifyDeviceCredential(context, flipBit(credential, bit), key, alice.chain);
        if (verified.kind === 'verifiedCredential') expect(verified).toMatchObject({ accountId, deviceId });
        if (bit >= start && bit < end) expect(verified.kind).toBe('refused');
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => decodeDeviceCredential(bytes) === null),
    );
    expect(decodeDeviceCredential(new Uint8Array(maxCredentialSizeBytes + 1))).toBeNull();
  });
});

describe('authentication', () => {
  it('signs the challenge with the device key, restored from its seed', async () => {
    const serverId = new Uint8Array(16).fill(1);
    const nonce = new Uint8Array(32).fill(2);
    const restored = await importDevice(provider, device.deviceId, device.seed);
    const signature = await signAuthentication(
      restored.signingKey,
      serverId,
      nonce,
      alice.accountId,
      device.deviceId,
    );
    const signed = new Uint8Array([
      ...new TextEncoder().encode('Sotto 1 authenticate'),
      ...serverId,
      ...nonce,
      ...Uint8Array.fromHex(alice.accountId),
      ...Uint8Array.fromHex(device.deviceId),
    ]);
    expect(await provider.ed25519.verify(device.signingKey.publicKey, signed, signature)).toBe(true);
    for (const [id, challenge] of [
      [serverId.slice(1), nonce],
      [serverId, nonce.slice(1)],
    ] as const) {
      expect(() =>
        signAuthentication(restored.signingKey, id, challenge, alice.accountId, device.deviceId),
      ).toThrow(RangeError);
    }
  });
});
