import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AccountId,
  type ChainBody,
  ChainBodySchema,
  type ChainEntry,
  ChainEntrySchema,
  ChainOperation,
  limits,
} from '@sotto/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeMessage } from '../decodeMessage.ts';
import { labelled } from '../labels.ts';
import { flipBit, nowMs, provider, TestAccount } from '../testing/account.ts';
import { decodeChainBody } from './chainBody.ts';
import { extendChain, verifyChain } from './identityChain.ts';

let alice: TestAccount;
let mallory: TestAccount;

beforeAll(async () => {
  alice = await TestAccount.create();
  mallory = await TestAccount.create();
  const second = await alice.addDevice(nowMs + 1000);
  await alice.addDevice();
  await alice.removeDevice(second);
});

function refusal(reason: string) {
  return { kind: 'refused', reason };
}

/** An entry with a changed body, signed by whoever's seed is given. */
async function forge(entry: ChainEntry, seed: Uint8Array, change: (body: ChainBody) => void) {
  const body = decodeMessage(ChainBodySchema, entry.body)!;
  change(body);
  const bytes = toBinary(ChainBodySchema, body);
  const key = await provider.ed25519.importKey(seed);
  const signature = await key.sign(labelled('chainEntry', bytes));
  return create(ChainEntrySchema, { body: bytes, signature });
}

describe('identity chain', () => {
  it('verifies as a whole and piece by piece', async () => {
    const expected = { accountId: alice.accountId, identityKey: alice.chain.identityKey };
    const whole = await verifyChain(provider, alice.entries, expected);
    expect(whole).toEqual(alice.chain);
    expect(alice.chain.devices.size).toBe(2);
    expect([...alice.chain.devices.values()].map((device) => device.addedSeq)).toEqual([0, 2]);
    const start = await verifyChain(provider, alice.entries.slice(0, 2), expected);
    if (start.kind === 'refused') throw new Error(start.reason);
    expect(start.devices.values().toArray()[1]!.notAfterMs).toBe(nowMs + 1000);
    const rest = await verifyChain(provider, alice.entries.slice(2), { ...expected, after: start });
    expect(rest).toEqual(alice.chain);
    expect(await verifyChain(provider, [], { ...expected, after: start })).toEqual(start);
  });

  it('holds to the pinned head', async () => {
    const { accountId, entries, chain } = alice;
    const pinned = { seq: chain.seq, hash: chain.hash };
    expect(await verifyChain(provider, entries, { accountId, pinned })).toEqual(chain);
    expect(await verifyChain(provider, entries.slice(0, -1), { accountId, pinned })).toEqual(
      refusal('rolled_back'),
    );
    const fork = await forge(entries[3]!, alice.secrets.identitySeed, (body) => {
      body.createdAtMs += 1n;
    });
    const forked = [...entries.slice(0, 3), fork];
    expect((await verifyChain(provider, forked, { accountId })).kind).toBe('verifiedChain');
    expect(await verifyChain(provider, forked, { accountId, pinned })).toEqual(refusal('forked'));
  });

  it('refuses another account, an empty chain, another identity', async () => {
    const { accountId, entries, chain } = alice;
    expect(await verifyChain(provider, entries, { accountId: mallory.accountId })).toEqual(
      refusal('wrong_account'),
    );
    expect(await verifyChain(provider, [], { accountId })).toEqual(refusal('empty'));
    expect(await verifyChain(provider, [], { accountId: mallory.accountId, after: chain })).toEqual(
      refusal('wrong_account'),
    );
    const identityKey = mallory.chain.identityKey;
    expect(await verifyChain(provider, entries, { accountId, identityKey })).toEqual(
      refusal('changed_identity'),
    );
  });

  it('refuses entries left out, swapped, doubled or too many', async () => {
    const { accountId, entries } = alice;
    const [first, second, third] = entries as [ChainEntry, ChainEntry, ChainEntry];
    for (const order of [[second], [first, third], [first, first], [first, second, second]]) {
      expect(await verifyChain(provider, order, { accountId })).toEqual(refusal('wrong_sequence'));
    }
    const many = Array.from({ length: limits.chainEntries + 1 }, () => first);
    expect(await verifyChain(provider, many, { accountId })).toEqual(refusal('too_long'));
  });

  it('refuses any flipped bit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.boolean(), fc.nat(), async (at, inBody, bit) => {
        const entries = alice.entries.slice();
        const { body, signature } = entries[at]!;
        entries[at] = create(ChainEntrySchema, {
          body: inBody ? flipBit(body, bit % (body.length * 8)) : body,
          signature: inBody ? signature : flipBit(signature, bit % (signature.length * 8)),
        });
        const verified = await verifyChain(provider, entries, { accountId: alice.accountId });
        expect(verified.kind).toBe('refused');
      }),
      { numRuns: 100 },
    );
  });

  it('refuses an entry that the identity key did not sign', async () => {
    const { accountId, entries } = alice;
    const forged = await forge(entries[1]!, mallory.secrets.identitySeed, () => {});
    expect(await verifyChain(provider, [entries[0]!, forged], { accountId })).toEqual(
      refusal('invalid_signature'),
    );
  });

  it('refuses what only the owner could sign and still must not', async () => {
    const { accountId, entries } = alice;
    const seed = alice.secrets.identitySeed;
    const stranger = { deviceId: new Uint8Array(16).fill(7), signatureKey: new Uint8Array(32).fill(7) };
    const cases: [number, string, (body: ChainBody) => void][] = [
      [1, 'broken_link', (body) => (body.prevHash = new Uint8Array(32))],
      [1, 'changed_identity', (body) => (body.identityKey = mallory.chain.identityKey)],
      [1, 'changed_identity', (body) => (body.historyPublicKey = mallory.chain.historyPublicKey)],
      [1, 'invalid_change', (body) => (body.operation = ChainOperation.REMOVE_DEVICE)],
      [1, 'invalid_change', (body) => (body.operation = ChainOperation.CREATE)],
      [1, 'invalid_change', (body) => (body.operation = ChainOperation.UNSPECIFIED)],
      [1, 'invalid_change', (body) => (body.devices[0]!.notAfterMs = 5n)],
      [1, 'invalid_change', (body) => (body.devices[0]!.signatureKey = stranger.signatureKey)],
      [1, 'invalid_change', (body) => void body.devices.shift()],
      [1, 'invalid_change', (body) => void body.devices.pop()],
      [0, 'invalid_change', (body) => void body.devices.pop()],
      [0, 'invalid_change', (body) => (body.operation = ChainOperation.ADD_DEVICE)],
      [1, 'malformed', (body) => (body.devices[1] = body.devices[0]!)],
      [1, 'malformed', (body) => (body.devices[1]!.signatureKey = body.devices[0]!.signatureKey)],
      [1, 'malformed', (body) => (body.devices[1]!.deviceId = new Uint8Array(15))],
      [1, 'malformed', (body) => (body.devices[1]!.notAfterMs = 2n ** 60n)],
      [1, 'malformed', (body) => (body.prevHash = new Uint8Array(0))],
      [0, 'malformed', (body) => (body.prevHash = new Uint8Array(32))],
      [0, 'malformed', (body) => (body.historyPublicKey = new Uint8Array(32))],
      [1, 'malformed', (body) => (body.seq = 2n ** 63n)],
    ];
    for (const [at, reason, change] of cases) {
      const forged = [...entries.slice(0, at), await forge(entries[at]!, seed, change)];
      expect(await verifyChain(provider, forged, { accountId })).toEqual(refusal(reason));
    }
  });

  it('changes the history key with a removal only', async () => {
    const historyPublicKey = mallory.chain.historyPublicKey;
    const extended = await extendChain(provider, {
      identitySeed: alice.secrets.identitySeed,
      chain: alice.chain,
      change: { kind: 'removeDevice', deviceId: alice.keys[2]!.deviceId, historyPublicKey },
      nowMs,
    });
    if (extended.kind === 'refused') throw new Error(extended.reason);
    const { accountId } = alice;
    const verified = await verifyChain(provider, [...alice.entries, extended.entry], { accountId });
    expect(verified).toEqual(extended.chain);
    expect(extended.chain.historyPublicKey).toEqual(historyPublicKey);
  });

  it('does not extend what it must not', async () => {
    const { chain } = alice;
    const identitySeed = alice.secrets.identitySeed;
    const [first] = alice.keys;
    const device = { deviceId: first!.deviceId, signatureKey: new Uint8Array(32), notAfterMs: null };
    const otherId = mallory.keys[0]!.deviceId;
    const extend = (change: Parameters<typeof extendChain>[1]['change'], seed = identitySeed, of = chain) =>
      extendChain(provider, { identitySeed: seed, chain: of, change, nowMs });
    expect(await extend({ kind: 'addDevice', device })).toEqual(refusal('known_device'));
    const sameKey = { deviceId: otherId, signatureKey: first!.signingKey.publicKey, notAfterMs: null };
    expect(await extend({ kind: 'addDevice', device: sameKey })).toEqual(refusal('known_device'));
    expect(await extend({ kind: 'removeDevice', deviceId: otherId })).toEqual(refusal('unknown_device'));
    expect(
      await extend({ kind: 'removeDevice', deviceId: first!.deviceId }, mallory.secrets.identitySeed),
    ).toEqual(refusal('wrong_identity'));
    const long = { ...chain, seq: limits.chainEntries - 1 };
    expect(await extend({ kind: 'removeDevice', deviceId: otherId }, identitySeed, long)).toEqual(
      refusal('too_long'),
    );
  });

  it('decodes or refuses any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const decoded = decodeChainBody(provider, bytes);
        expect(decoded === null || decoded.accountId.length === 32).toBe(true);
      }),
    );
    expect(decodeChainBody(provider, new Uint8Array(limits.chainEntrySizeBytes + 1))).toBeNull();
    expect(decodeChainBody(provider, alice.entries[0]!.body)?.accountId).toBe(
      alice.accountId satisfies AccountId,
    );
  });
});
