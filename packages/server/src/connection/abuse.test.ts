/** What a client that means ill can take from others and from the disk (spec/server.md §Rate limits). */
import { randomBytes } from 'node:crypto';
import { idToBytes, limits } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { defaultRates, unlimitedRates } from '../rates.ts';
import { commitAdding, createTestAccount, register } from '../testing/testClient.ts';
import { converse, startTestServer } from '../testing/testServer.ts';

describe('what one account may do to others and to the disk', () => {
  it('adds devices of the two accounts only to a direct conversation', async () => {
    const { join } = await startTestServer();
    const ann = await join('ann');
    const bob = await join('bob');
    const eve = await join('eve');
    const eveDevice = { accountId: eve.account.accountId, deviceId: eve.account.devices[0]!.deviceId };
    const conversationId = await converse(ann.connection, ann.account, bob.account);
    const added = await ann.connection.call('append', {
      conversationId: idToBytes(conversationId),
      transactionId: randomBytes(16),
      epoch: 1n,
      kind: { case: 'commit', value: commitAdding([eveDevice]) },
    });
    expect(added).toMatchObject({ error: { code: 'malformed' } });
    const listed = await eve.connection.call('listConversations', {});
    expect(listed).toMatchObject({ value: { conversations: [] } });
  });

  it('stores so many bytes at once and no more, each copy of a tree counted', async () => {
    const rates = { ...unlimitedRates, storedBytesPerAccount: { burst: 200_000, perSecond: 1 } };
    const { join } = await startTestServer({ rates });
    const ann = await join('ann');
    const bob = await join('bob');
    const bobDevice = { accountId: bob.account.accountId, deviceId: bob.account.devices[0]!.deviceId };
    const create = (ratchetTree: Uint8Array) =>
      ann.connection.call('createConversation', {
        conversationId: randomBytes(16),
        transactionId: randomBytes(16),
        directAccountIds: [ann, bob].map(({ account }) => idToBytes(account.accountId)),
        commit: { ...commitAdding([bobDevice]), ratchetTree },
      });
    // Stored twice: for the conversation, and in the inbox.
    expect(await create(new Uint8Array(90_000))).toMatchObject({ kind: 'done' });
    expect(await create(new Uint8Array(90_000))).toMatchObject({ error: { code: 'rate_limited' } });
    expect(await bob.connection.call('listConversations', {})).toMatchObject({ kind: 'done' });
    const cat = await join('cat');
    const one = { conversationId: randomBytes(16), epoch: 1n, enc: randomBytes(1120) };
    const deposits = Array.from({ length: 150 }, () => ({
      ...one,
      sealed: randomBytes(48),
      signature: randomBytes(64),
    }));
    expect(await cat.connection.call('deposit', { deposits })).toMatchObject({ kind: 'done' });
    expect(await cat.connection.call('deposit', { deposits })).toMatchObject({
      error: { code: 'rate_limited' },
    });
    const keyPackages = Array.from({ length: 13 }, () => randomBytes(16 * 1024));
    expect(await bob.connection.call('publishKeyPackages', { keyPackages })).toMatchObject({ kind: 'done' });
    expect(await bob.connection.call('publishKeyPackages', { keyPackages })).toMatchObject({
      error: { code: 'rate_limited' },
    });
  });

  it('does not empty another account’s pool of key packages', async () => {
    const rates = { ...unlimitedRates, claimsPerPair: defaultRates.claimsPerPair };
    const { join } = await startTestServer({ rates });
    const ann = await join('ann');
    const bob = await join('bob');
    const claim = () =>
      ann.connection.call('claimKeyPackages', { accountIds: [idToBytes(bob.account.accountId)] });
    // Claims that get nothing cost nothing.
    for (let i = 0; i < limits.keyPackagesPerDevice; i++) {
      expect(await claim()).toMatchObject({ error: { code: 'no_key_package' } });
    }
    const keyPackages = Array.from({ length: limits.keyPackagesPerDevice }, () => randomBytes(32));
    await bob.connection.call('publishKeyPackages', { keyPackages, lastResort: randomBytes(32) });
    let claimed = 0;
    while ((await claim()).kind === 'done') claimed += 1;
    expect(claimed).toBe(defaultRates.claimsPerPair.burst);
    expect(claimed).toBeLessThan(limits.keyPackagesPerDevice);
  });

  it('makes so many accounts from one address and no more', async () => {
    const rates = { ...unlimitedRates, registrationsPerAddress: { burst: 2, perSecond: 0.001 } };
    const { signIn } = await startTestServer({ rates });
    expect(await register(signIn, createTestAccount('ann'))).toBeNull();
    expect(await register(signIn, createTestAccount('bob'))).toBeNull();
    expect(await register(signIn, createTestAccount('eve'))).toBe('rate_limited');
  });
});
