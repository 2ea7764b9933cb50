/** A server that gives an account keys of its own making, or a name to another (spec/threat-model.md). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { createAccountSecrets, createChain, createDevice, extendChain } from '@sotto/crypto';
import { type AccountId, type ChainEntry, FindAccountResponseSchema, idToBytes } from '@sotto/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { lie } from '../testing/lies.ts';
import { type TestAccount, type TestDevice, TestWorld } from '../testing/testWorld.ts';

let world: TestWorld;
let anna: TestAccount;
let ben: TestAccount;
let mallory: TestAccount;
let a: TestDevice;
let b: TestDevice;
let m: TestDevice;

beforeEach(async () => {
  world = await TestWorld.create();
  anna = await world.addAccount('anna');
  ben = await world.addAccount('ben');
  mallory = await world.addAccount('mallory');
  a = await anna.addDevice();
  b = await ben.addDevice();
  m = await mallory.addDevice();
  for (const device of [a, b, m]) await device.online();
});

describe('a server that passes one account off as another', () => {
  const invitation = async () => {
    const made = await world.result(b.api.createInvite());
    if (!('value' in made) || made.value.kind !== 'ok') throw new Error('no invite');
    return made.value.value.invite;
  };
  const settled = async <T>(work: Promise<T>): Promise<T> => {
    const result = await world.result(work);
    if ('error' in result) throw result.error;
    return result.value;
  };
  const keysInvalid = { kind: 'problem', problem: { kind: 'keysInvalid' } };

  it('does not lead an invite to anybody but who made it', async () => {
    const invite = await invitation();
    expect(await settled(a.api.openDirectConversation(mallory.accountId, invite))).toEqual(keysInvalid);
    expect(a.disk.rows(`SELECT 1 FROM account WHERE account_id = '${mallory.accountId}'`)).toEqual([]);
    expect(await settled(a.api.openDirectConversation(ben.accountId, invite))).toMatchObject({ kind: 'ok' });
    // Also where the account is known already.
    await m.find(anna);
    expect(await settled(m.api.openDirectConversation(anna.accountId, invite))).toEqual(keysInvalid);
    expect(m.conversations).toEqual([]);
  });

  it('does not put keys of its own behind the account id of an invite', async () => {
    const invite = await invitation();
    const { provider } = world;
    const { secrets, historyPublicKey } = await createAccountSecrets(provider);
    const { deviceId, signingKey } = await createDevice(provider);
    const { entry } = await createChain(provider, {
      accountId: ben.accountId,
      identitySeed: secrets.identitySeed,
      historyPublicKey,
      device: { deviceId, signatureKey: signingKey.publicKey, notAfterMs: null },
      nowMs: world.clock.now(),
    });
    lie(a, {
      answer(method, payload) {
        if (method !== 'FindAccount') return payload;
        const answer = fromBinary(FindAccountResponseSchema, payload);
        answer.chain = [entry];
        return toBinary(FindAccountResponseSchema, answer);
      },
    });
    expect(await settled(a.api.openDirectConversation(ben.accountId, invite))).toEqual(keysInvalid);
    lie(a, {});
    expect(await settled(a.api.openDirectConversation(ben.accountId, invite))).toMatchObject({ kind: 'ok' });
  });

  it('does not give the name of a known account to another, or a known account another name', async () => {
    const named = (username: string) =>
      lie(a, {
        answer(method, payload) {
          if (method !== 'FindAccount') return payload;
          const answer = fromBinary(FindAccountResponseSchema, payload);
          answer.username = username;
          return toBinary(FindAccountResponseSchema, answer);
        },
      });
    let benChain: ChainEntry[] = [];
    lie(a, {
      answer(method, payload) {
        if (method === 'FindAccount') benChain = fromBinary(FindAccountResponseSchema, payload).chain;
        return payload;
      },
    });
    await a.find(ben);
    named('ben');
    expect(await settled(a.api.openDirectConversation(mallory.accountId))).toEqual(keysInvalid);
    // Asked for another name, it answers with Ben under that.
    lie(a, {
      answer(method, payload) {
        if (method !== 'FindAccount') return payload;
        const answer = fromBinary(FindAccountResponseSchema, payload);
        answer.accountId = idToBytes(ben.accountId);
        answer.chain = benChain;
        return toBinary(FindAccountResponseSchema, answer);
      },
    });
    expect(await settled(a.api.findAccount('mallory'))).toEqual(keysInvalid);
    expect(a.disk.rows('SELECT username FROM account').map((row) => row.username)).not.toContain('mallory');
  });

  it('does not replace at once what it showed first', async () => {
    const { provider } = world;
    const accountId = provider.randomBytes(16).toHex() as AccountId;
    const chains: ChainEntry[][] = [];
    for (const length of [1, 2]) {
      const { secrets, historyPublicKey } = await createAccountSecrets(provider);
      const device = async () => {
        const { deviceId, signingKey } = await createDevice(provider);
        return { deviceId, signatureKey: signingKey.publicKey, notAfterMs: null };
      };
      const { identitySeed } = secrets;
      const nowMs = world.clock.now();
      const first = await createChain(provider, {
        accountId,
        identitySeed,
        historyPublicKey,
        device: await device(),
        nowMs,
      });
      const second = await extendChain(provider, {
        identitySeed,
        chain: first.chain,
        change: { kind: 'addDevice', device: await device() },
        nowMs,
      });
      if (second.kind === 'refused') throw new Error(second.reason);
      chains.push([first.entry, second.entry].slice(0, length));
    }
    lie(a, {
      answer(method, payload) {
        if (method !== 'FindAccount') return payload;
        const chain = chains.shift() ?? [];
        const answer = { accountId: idToBytes(accountId), username: 'ben', chain };
        return toBinary(FindAccountResponseSchema, create(FindAccountResponseSchema, answer));
      },
    });
    const both = Promise.all([a.api.findAccount('ben'), a.api.findAccount('ben')]);
    const kinds = (await settled(both)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['ok', 'problem']);
  });
});
