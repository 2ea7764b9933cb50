import { createHash, randomBytes, sign } from 'node:crypto';
import { ChainOperation, idToBytes, limits } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { defaultRates } from '../rates.ts';
import {
  callSignIn,
  createKeyPair,
  createTestAccount,
  createTestDevice,
  signChainEntry,
  type TestAccount,
} from '../testing/testClient.ts';
import { converse, startTestServer, stoppedClock } from '../testing/testServer.ts';

type SignIn = Awaited<ReturnType<typeof startTestServer>>['signIn'];

const recovery = createKeyPair();

/** An account with two devices and a recovery key, made without a password. */
async function accountWithTwo(signIn: SignIn): Promise<TestAccount> {
  const ann = createTestAccount('ann');
  const made = await callSignIn(signIn, 'finishRegistration', {
    accountId: idToBytes(ann.accountId),
    username: 'ann',
    registrationRecord: 'AAAA',
    vault: vaultOf(1).vault,
    chainEntry: ann.chain[0]!,
    recoveryKey: recovery.publicKey,
  });
  expect(made.kind).toBe('done');
  const grown = { ...ann, devices: [...ann.devices, createTestDevice()] };
  const entry = signChainEntry(grown, ChainOperation.ADD_DEVICE);
  const added = await callSignIn(signIn, 'addDevice', {
    accountId: idToBytes(ann.accountId),
    chainEntry: entry,
  });
  expect(added.kind).toBe('done');
  return { ...grown, chain: [...ann.chain, entry] };
}

function vaultOf(value: number) {
  const sealed = new Uint8Array(64).fill(value);
  const vaultHash = createHash('sha256').update('Sotto 1 vault hash').update(sealed).digest();
  return { vault: { version: 1, sealed }, vaultHash };
}

/** Takes the second device away. */
function removal(account: TestAccount, changes: Parameters<typeof signChainEntry>[2] = {}) {
  const { vault, vaultHash } = vaultOf(2);
  const staying = { ...account, devices: account.devices.slice(0, 1) };
  return {
    accountId: idToBytes(account.accountId),
    chainEntry: signChainEntry(staying, ChainOperation.REMOVE_DEVICE, { vaultHash, ...changes }),
    vault,
    deliveries: [{ deviceId: idToBytes(account.devices[0]!.deviceId), sealed: randomBytes(80) }],
  };
}

describe('changing an account', () => {
  it('takes a device away once, with vault and deliveries, and only as the chain says', async () => {
    const server = await startTestServer();
    const ann = await accountWithTwo(server.signIn);
    const [first, second] = ann.devices;
    const bob = await server.join('bob');
    const shared = await converse(bob.connection, bob.account, ann);
    const removed = await server.online(ann, second!);
    await removed.call('setPushTarget', { endpoint: 'https://push.test/second' });
    const targets = () => server.store.listPushTargets(shared, bob.account.accountId);
    expect(await targets()).toHaveLength(1);
    const request = removal(ann);
    const stranger = createKeyPair();
    const bad = [
      { ...request, chainEntry: undefined },
      { ...request, vault: undefined },
      { ...request, vault: vaultOf(3).vault },
      { ...request, vault: { version: 1, sealed: new Uint8Array(limits.vaultSizeBytes + 1) } },
      { ...request, accountId: randomBytes(16) },
      { ...request, registrationRecord: 'AAAA' },
      { ...request, recoveryKey: recovery.publicKey },
      { ...request, deliveries: [{ deviceId: idToBytes(second!.deviceId), sealed: randomBytes(80) }] },
      { ...request, deliveries: [{ deviceId: randomBytes(3), sealed: randomBytes(80) }] },
      { ...request, deliveries: [{ ...request.deliveries[0]!, sealed: randomBytes(9999) }] },
      { ...request, chainEntry: { ...request.chainEntry, signature: randomBytes(64) } },
      removal(ann, { identityKey: stranger.publicKey }),
      removal(ann, { prevHash: randomBytes(32) }),
      removal(ann, { vaultHash: randomBytes(7) }),
    ];
    for (const one of bad) {
      expect((await callSignIn(server.signIn, 'changeAccount', one)).kind).toBe('refused');
    }
    expect(removed.closed).toBeNull();
    expect((await callSignIn(server.signIn, 'changeAccount', request)).kind).toBe('done');
    expect((await callSignIn(server.signIn, 'changeAccount', request)).kind).toBe('done');
    expect(removed.closed?.code).toBe(4001);
    expect(await targets()).toEqual([]);
    expect(await callSignIn(server.signIn, 'changeAccount', removal(ann, { createdAtMs: 7n }))).toMatchObject(
      {
        code: 'chain_stale',
      },
    );

    const staying = await server.online(ann, first!);
    const listed = await staying.call('listDevices', {});
    expect(listed).toMatchObject({
      kind: 'done',
      value: { devices: [{ online: true }], deliveries: [{ chainSeq: 2n }] },
    });
    const taken = await staying.call('listDevices', { takenSeq: 2n });
    expect(taken).toMatchObject({ kind: 'done', value: { deliveries: [] } });
    expect(await staying.call('listDevices', {})).toMatchObject({ kind: 'done', value: { deliveries: [] } });
  });

  it('labels own devices only', async () => {
    const server = await startTestServer();
    const ann = await accountWithTwo(server.signIn);
    const { account: bob, connection } = await server.join('bob');
    const label = randomBytes(60);
    const other = { deviceId: idToBytes(ann.devices[0]!.deviceId), label };
    expect((await connection.call('labelDevice', other)).kind).toBe('refused');
    const own = idToBytes(bob.devices[0]!.deviceId);
    const large = { deviceId: own, label: randomBytes(limits.deviceLabelSizeBytes + 1) };
    expect((await connection.call('labelDevice', large)).kind).toBe('refused');
    expect((await connection.call('labelDevice', { deviceId: own, label })).kind).toBe('done');
    const listed = await connection.call('listDevices', {});
    expect(listed.kind === 'done' && Buffer.from(listed.value.devices[0]!.label)).toEqual(label);
  });

  it('gives the vault to who proves the recovery code, once per challenge', async () => {
    const { signIn, service } = await startTestServer();
    const ann = await accountWithTwo(signIn);
    const start = async () => {
      const started = await callSignIn(signIn, 'startRecovery', { username: 'ann' });
      if (started.kind === 'refused') throw new Error(started.code);
      return started.value;
    };
    const prove = async (key = recovery, label = 'Sotto 1 prove recovery') => {
      const { recoveryId, nonce } = await start();
      const signed = [Buffer.from(label), service.serverId, nonce, idToBytes(ann.accountId)];
      return { recoveryId, signature: sign(null, Buffer.concat(signed), key.privateKey) };
    };
    const good = await prove();
    expect(await callSignIn(signIn, 'finishRecovery', good)).toMatchObject({
      kind: 'done',
      value: { vault: { version: 1 }, chain: { length: 2 } },
    });
    expect(await callSignIn(signIn, 'finishRecovery', good)).toMatchObject({ code: 'login_expired' });
    for (const wrong of [await prove(createKeyPair()), await prove(recovery, 'Sotto 1 authenticate')]) {
      expect(await callSignIn(signIn, 'finishRecovery', wrong)).toMatchObject({
        code: 'wrong_recovery_code',
      });
    }
    const next = await start();
    const replayed = { recoveryId: next.recoveryId, signature: good.signature };
    expect(await callSignIn(signIn, 'finishRecovery', replayed)).toMatchObject({
      code: 'wrong_recovery_code',
    });
    expect(await callSignIn(signIn, 'startRecovery', { username: 'nobody' })).toMatchObject({
      code: 'unknown_account',
    });
  });

  it('counts recoveries and changes of a password as guesses', async () => {
    const { signIn } = await startTestServer({ rates: defaultRates, clock: stoppedClock });
    const ann = await accountWithTwo(signIn);
    const codes: string[] = [];
    for (let i = 0; i < defaultRates.loginsPerAccount.burst + 1; i += 1) {
      const answer =
        i % 2 === 0
          ? await callSignIn(signIn, 'startRecovery', { username: 'ann' })
          : await callSignIn(signIn, 'startPasswordChange', {
              accountId: idToBytes(ann.accountId),
              registrationRequest: 'AAAA',
            });
      codes.push(answer.kind === 'done' ? 'ok' : answer.code);
    }
    expect(codes.at(-1)).toBe('rate_limited');
    expect(codes.slice(0, -1)).not.toContain('rate_limited');
  });
});
