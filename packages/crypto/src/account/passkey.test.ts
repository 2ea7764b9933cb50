import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AccountId,
  type ChainBody,
  ChainBodySchema,
  type ChainEntry,
  ChainEntrySchema,
  ChainOperation,
  idToBytes,
  limits,
  type PasskeyId,
} from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../decodeMessage.ts';
import { labelled } from '../labels.ts';
import { provider, TestAccount } from '../testing/account.ts';
import { createDevice, signReset } from './device.ts';
import { createChain, extendChain, verifyChain } from './identityChain.ts';
import { openPasskeyLabel, passkeyIdOf, passkeyKey, sealPasskeyLabel, signPasskeyLogin } from './passkey.ts';
import type { VaultKey, VerifiedChain } from './types.ts';
import { createAccountSecrets, createSlotKey, openVault, sealVault } from './vault.ts';

const nowMs = 1_700_000_000_000;
const accountId = '000102030405060708090a0b0c0d0e0f' as AccountId;
const otherId = 'f00102030405060708090a0b0c0d0e0f' as AccountId;
const credentialId = provider.randomBytes(48);
const prfOutput = provider.randomBytes(32);
const passkeyId = passkeyIdOf(provider, credentialId);
const vaultHash = new Uint8Array(32).fill(1);

function refusal(reason: string) {
  return { kind: 'refused', reason };
}

/** An entry with a changed body, signed by the same identity. */
async function forge(entry: ChainEntry, seed: Uint8Array, change: (body: ChainBody) => void) {
  const body = decodeMessage(ChainBodySchema, entry.body)!;
  change(body);
  const bytes = toBinary(ChainBodySchema, body);
  const key = await provider.ed25519.importKey(seed);
  const signature = await key.sign(labelled('chainEntry', bytes));
  return create(ChainEntrySchema, { body: bytes, signature });
}

describe('a passkey', () => {
  it('has an id of its own, and a key of its own for each account', async () => {
    expect(passkeyId).toHaveLength(32);
    expect(passkeyIdOf(provider, provider.randomBytes(48))).not.toBe(passkeyId);
    const key = await passkeyKey(provider, accountId, prfOutput);
    expect((await passkeyKey(provider, accountId, prfOutput)).publicKey).toEqual(key.publicKey);
    expect((await passkeyKey(provider, otherId, prfOutput)).publicKey).not.toEqual(key.publicKey);
    const [serverId, nonce] = [provider.randomBytes(16), provider.randomBytes(32)];
    const signature = await signPasskeyLogin(key, serverId, nonce, accountId, passkeyId);
    const signed = labelled('provePasskey', serverId, nonce, idToBytes(accountId), idToBytes(passkeyId));
    expect(await provider.ed25519.verify(key.publicKey, signed, signature)).toBe(true);
    for (const [server, challenge] of [
      [serverId.subarray(1), nonce],
      [serverId, new Uint8Array(33)],
    ] as const) {
      expect(() => signPasskeyLogin(key, server, challenge, accountId, passkeyId)).toThrow(RangeError);
    }
  });

  it('has a label that only the history key opens, for this account and passkey', () => {
    const historyKey = provider.randomBytes(32);
    const naming = { name: 'Blue key', credentialId };
    const sealed = sealPasskeyLabel(provider, historyKey, accountId, passkeyId, naming);
    const largest = { name: 'ü'.repeat(60), credentialId: new Uint8Array(limits.credentialIdSizeBytes) };
    expect(sealPasskeyLabel(provider, historyKey, accountId, passkeyId, largest).length).toBeLessThanOrEqual(
      limits.passkeyLabelSizeBytes,
    );
    expect(openPasskeyLabel(provider, historyKey, accountId, passkeyId, sealed)).toEqual(naming);
    expect(openPasskeyLabel(provider, provider.randomBytes(32), accountId, passkeyId, sealed)).toBeNull();
    expect(openPasskeyLabel(provider, historyKey, otherId, passkeyId, sealed)).toBeNull();
    expect(openPasskeyLabel(provider, historyKey, accountId, '0'.repeat(32) as PasskeyId, sealed)).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(openPasskeyLabel(provider, historyKey, accountId, passkeyId, bytes)).toBeNull();
      }),
    );
  });

  it('opens the vault beside password, code and other passkeys, by its own slot only', async () => {
    const { secrets } = await createAccountSecrets(provider);
    const second = passkeyIdOf(provider, provider.randomBytes(20));
    const keys: VaultKey[] = [
      { kind: 'password', exportKey: provider.randomBytes(64) },
      { kind: 'passkey', passkeyId, prfOutput },
      { kind: 'passkey', passkeyId: second, prfOutput: provider.randomBytes(32) },
    ];
    const slots = await Promise.all(keys.map((key) => createSlotKey(provider, accountId, key)));
    const vault = await sealVault(provider, accountId, secrets, slots);
    for (const key of keys) {
      expect(await openVault(provider, accountId, vault, key)).toEqual({ kind: 'opened', secrets, slots });
    }
    const crossed: VaultKey = { kind: 'passkey', passkeyId: second, prfOutput };
    expect(await openVault(provider, accountId, vault, crossed)).toEqual(refusal('wrong_key'));
    const unknown: VaultKey = { kind: 'passkey', passkeyId: '1'.repeat(32) as PasskeyId, prfOutput };
    expect(await openVault(provider, accountId, vault, unknown)).toEqual(refusal('no_such_slot'));
    // Under another's id: the slot's context has the id.
    const renamed = structuredClone(vault);
    for (const slot of renamed.slots) if (slot.passkeyId.length > 0) slot.passkeyId = idToBytes(second);
    expect(await openVault(provider, accountId, renamed, keys[2]!)).toEqual(refusal('malformed'));
    const moved = structuredClone(vault);
    moved.slots.splice(2, 1);
    moved.slots[1]!.passkeyId = idToBytes(second);
    expect(await openVault(provider, accountId, moved, crossed)).toEqual(refusal('wrong_key'));
  });
});

describe('passkeys in the chain', () => {
  it('come and go, each by an entry that names it', async () => {
    const alice = await TestAccount.create();
    const { identitySeed } = alice.secrets;
    const extend = (chain: VerifiedChain, kind: 'addPasskey' | 'removePasskey', id = passkeyId) =>
      extendChain(provider, { identitySeed, chain, change: { kind, passkeyId: id, vaultHash }, nowMs });
    const added = await extend(alice.chain, 'addPasskey');
    if (added.kind === 'refused') throw new Error(added.reason);
    const { accountId: id, entries } = alice;
    const verified = await verifyChain(provider, [...entries, added.entry], { accountId: id });
    expect(verified).toEqual(added.chain);
    expect([...added.chain.passkeys]).toEqual([[passkeyId, added.chain.seq]]);
    expect(added.chain.events.at(-1)).toMatchObject({ passkeyId, deviceId: null });
    expect(await extend(added.chain, 'addPasskey')).toEqual(refusal('known_passkey'));
    expect(await extend(alice.chain, 'removePasskey')).toEqual(refusal('unknown_passkey'));
    const removed = await extend(added.chain, 'removePasskey');
    if (removed.kind === 'refused') throw new Error(removed.reason);
    expect(removed.chain.passkeys.size).toBe(0);
    const all = [...entries, added.entry, removed.entry];
    expect(await verifyChain(provider, all, { accountId: id })).toEqual(removed.chain);

    const twice = await forge(removed.entry, identitySeed, (body) => {
      body.operation = ChainOperation.ADD_PASSKEY;
    });
    const bad: [ChainEntry, string][] = [
      [twice, 'invalid_change'],
      [await forge(removed.entry, identitySeed, (b) => (b.passkeyId = new Uint8Array(16))), 'invalid_change'],
      [await forge(removed.entry, identitySeed, (b) => (b.passkeyId = new Uint8Array(0))), 'invalid_change'],
      [await forge(removed.entry, identitySeed, (b) => (b.passkeyId = new Uint8Array(15))), 'malformed'],
      [
        await forge(removed.entry, identitySeed, (b) => (b.operation = ChainOperation.CHANGE_PASSWORD)),
        'invalid_change',
      ],
      [
        await forge(removed.entry, identitySeed, (b) => (b.historyPublicKey = new Uint8Array(1216))),
        'changed_identity',
      ],
      [await forge(removed.entry, identitySeed, (b) => void b.devices.pop()), 'invalid_change'],
      [
        await forge(removed.entry, identitySeed, (b) => (b.replacedAccountId = idToBytes(otherId))),
        'invalid_change',
      ],
    ];
    for (const [entry, reason] of bad) {
      const chain = [...entries, added.entry, entry];
      expect(await verifyChain(provider, chain, { accountId: id })).toEqual(refusal(reason));
    }
  });

  it('are at most as many as an account may have', async () => {
    const alice = await TestAccount.create();
    const { identitySeed } = alice.secrets;
    let chain = alice.chain;
    const add = (of: VerifiedChain) => {
      const change = {
        kind: 'addPasskey' as const,
        passkeyId: passkeyIdOf(provider, provider.randomBytes(8)),
        vaultHash,
      };
      return extendChain(provider, { identitySeed, chain: of, change, nowMs });
    };
    const entries = [...alice.entries];
    for (let i = 0; i < limits.passkeysPerAccount; i++) {
      const next = await add(chain);
      if (next.kind === 'refused') throw new Error(next.reason);
      chain = next.chain;
      entries.push(next.entry);
    }
    expect(await add(chain)).toEqual(refusal('too_many_passkeys'));
    const before = { ...chain, passkeys: new Map() };
    const more = await add(before);
    if (more.kind === 'refused') throw new Error(more.reason);
    expect(await verifyChain(provider, [...entries, more.entry], { accountId: alice.accountId })).toEqual(
      refusal('invalid_change'),
    );
  });
});

describe('an account that takes the place of another', () => {
  it('says so in its first entry, and nowhere else', async () => {
    const { secrets, historyPublicKey } = await createAccountSecrets(provider);
    const keys = await createDevice(provider);
    const device = { deviceId: keys.deviceId, signatureKey: keys.signingKey.publicKey, notAfterMs: null };
    const { identitySeed } = secrets;
    const options = { accountId, identitySeed, historyPublicKey, device, nowMs };
    const { chain, entry } = await createChain(provider, { ...options, replacedAccountId: otherId });
    expect(await verifyChain(provider, [entry], { accountId })).toEqual(chain);
    expect(chain).toMatchObject({
      replacedAccountId: otherId,
      events: [{ operation: ChainOperation.RESET }],
    });
    const next = await extendChain(provider, {
      identitySeed,
      chain,
      change: { kind: 'changePassword', vaultHash },
      nowMs,
    });
    if (next.kind === 'refused') throw new Error(next.reason);
    expect(next.chain.replacedAccountId).toBe(otherId);
    const own = await forge(entry, identitySeed, (b) => (b.replacedAccountId = idToBytes(accountId)));
    const none = await forge(entry, identitySeed, (b) => (b.replacedAccountId = new Uint8Array(0)));
    const created = await forge(entry, identitySeed, (b) => (b.operation = ChainOperation.CREATE));
    for (const one of [own, none, created]) {
      expect(await verifyChain(provider, [one], { accountId })).toEqual(refusal('invalid_change'));
    }
    const later = await forge(next.entry, identitySeed, (body) => {
      body.operation = ChainOperation.RESET;
      body.replacedAccountId = idToBytes(otherId);
    });
    expect(await verifyChain(provider, [entry, later], { accountId })).toEqual(refusal('invalid_change'));
    // A device's word is for one successor at one server.
    const serverId = provider.randomBytes(16);
    const old = { signingKey: keys.signingKey, accountId: otherId, deviceId: keys.deviceId };
    const signature = await signReset(provider, old, serverId, entry);
    const parts = [serverId, idToBytes(otherId), idToBytes(keys.deviceId), provider.sha256(entry.body)];
    const signed = labelled('reset', ...parts);
    expect(await provider.ed25519.verify(keys.signingKey.publicKey, signed, signature)).toBe(true);
    expect(() => signReset(provider, old, new Uint8Array(15), entry)).toThrow(RangeError);
  });
});
