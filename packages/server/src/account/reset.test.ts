import { createHash, randomBytes, sign } from 'node:crypto';
import {
  type AccountId,
  ChainOperation,
  type DeviceId,
  idFromBytes,
  idToBytes,
  limits,
} from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../systemPorts.ts';
import {
  callSignIn,
  createTestAccount,
  signChainEntry,
  type TestAccount,
  type TestDevice,
} from '../testing/testClient.ts';
import { converse, startTestServer } from '../testing/testServer.ts';
import { hashInviteToken } from './invite.ts';

type Server = Awaited<ReturnType<typeof startTestServer>>;

/** An account about to take the place of `replaced`, and the request for it without a permission. */
function successor(replaced: TestAccount, changes: Parameters<typeof signChainEntry>[2] = {}) {
  const fresh = createTestAccount(replaced.username);
  const sealed = randomBytes(64);
  const vaultHash = createHash('sha256').update('Sotto 1 vault hash').update(sealed).digest();
  const replacedAccountId = idToBytes(replaced.accountId);
  const chainEntry = signChainEntry({ ...fresh, chain: [] }, ChainOperation.RESET, {
    vaultHash,
    replacedAccountId,
    ...changes,
  });
  const request = {
    accountId: idToBytes(fresh.accountId),
    replacedAccountId,
    registrationRecord: 'AAAA',
    vault: { version: 1, sealed },
    chainEntry,
    recoveryKey: randomBytes(32),
  };
  return { account: { ...fresh, chain: [chainEntry] }, request };
}

function byToken(token: Uint8Array) {
  return { permission: { case: 'resetToken' as const, value: token } };
}

function byDevice(
  { service }: Server,
  replaced: TestAccount,
  device: TestDevice,
  entryBody: Uint8Array,
  label = 'Sotto 1 reset identity',
) {
  const signed = Buffer.concat([
    Buffer.from(label),
    service.serverId,
    idToBytes(replaced.accountId),
    idToBytes(device.deviceId),
    createHash('sha256').update(entryBody).digest(),
  ]);
  const signature = sign(null, signed, device.keys.privateKey);
  const value = { deviceId: idToBytes(device.deviceId), signature };
  return { permission: { case: 'device' as const, value } };
}

describe('starting over', () => {
  it('gives the name to another account, closes the old one, and tells contacts', async () => {
    const server = await startTestServer();
    const { account: ann, connection } = await server.join('ann');
    const bob = await server.join('bob');
    await converse(bob.connection, bob.account, ann);
    const { account, request } = successor(ann);
    const permission = byDevice(server, ann, ann.devices[0]!, request.chainEntry.body);
    const done = await callSignIn(server.signIn, 'finishReset', { ...request, ...permission });
    expect(done.kind).toBe('done');
    // A repetition, its answer lost.
    expect((await callSignIn(server.signIn, 'finishReset', { ...request, ...permission })).kind).toBe('done');
    expect(connection.closed?.code).toBe(1001);

    const found = await bob.connection.call('findAccount', { username: 'ann' });
    expect(found.kind === 'done' && idFromBytes<AccountId>(found.value.accountId)).toBe(account.accountId);
    const former = await bob.connection.call('findAccount', { accountId: idToBytes(ann.accountId) });
    expect(former).toMatchObject({ kind: 'done', value: { username: 'ann' } });
    const listed = await bob.connection.call('listConversations', {});
    expect(
      listed.kind === 'done' && listed.value.replaced.map((one) => idFromBytes<AccountId>(one.successorId)),
    ).toEqual([account.accountId]);
    await expect
      .poll(() => bob.connection.pushes.some(({ kind }) => kind.case === 'accountReplaced'))
      .toBe(true);
    await server.online(account);

    // The old account is no longer there to be changed, added to, or taken again.
    const accountId = idToBytes(ann.accountId);
    const chainEntry = signChainEntry(
      { ...ann, devices: [...ann.devices, createTestAccount('x').devices[0]!] },
      ChainOperation.ADD_DEVICE,
    );
    expect(await callSignIn(server.signIn, 'addDevice', { accountId, chainEntry })).toMatchObject({
      code: 'account_closed',
    });
    expect(
      await callSignIn(server.signIn, 'startPasswordChange', { accountId, registrationRequest: 'AAAA' }),
    ).toMatchObject({ code: 'account_closed' });
    const again = successor(ann);
    const signed = byDevice(server, ann, ann.devices[0]!, again.request.chainEntry.body);
    expect(await callSignIn(server.signIn, 'finishReset', { ...again.request, ...signed })).toMatchObject({
      code: 'account_closed',
    });
    const returning = await server.connect().authenticate(ann);
    expect(returning).toMatchObject({ kind: 'refused', error: { code: 'account_closed' } });

    // Over several resets contacts are led to who has the name now.
    const third = successor(account);
    const next = byDevice(server, account, account.devices[0]!, third.request.chainEntry.body);
    expect((await callSignIn(server.signIn, 'finishReset', { ...third.request, ...next })).kind).toBe('done');
    const after = await bob.connection.call('listConversations', {});
    expect(
      after.kind === 'done' && after.value.replaced.map((one) => idFromBytes<AccountId>(one.successorId)),
    ).toEqual([third.account.accountId]);
  });

  it('is permitted by nothing but a token of the operator or a device of the account', async () => {
    let nowMs = 1_800_000_000_000;
    const server = await startTestServer({ clock: { ...systemClock, nowMs: () => nowMs } });
    const { account: ann } = await server.join('ann');
    const { account: bob } = await server.join('bob');
    const { request } = successor(ann);
    const { body } = request.chainEntry;
    const foreign = await server.service.permitReset('bob');
    const old = await server.service.permitReset('ann');
    const token = await server.service.permitReset('ann');
    if (foreign === null || old === null || token === null) throw new Error('There is no such account');
    const device = ann.devices[0]!;
    const forged = byDevice(server, ann, { ...device, keys: bob.devices[0]!.keys }, body);
    const bad = [
      request,
      { ...request, ...byToken(randomBytes(16)) },
      { ...request, ...byToken(new Uint8Array(0)) },
      { ...request, ...byToken(foreign) },
      { ...request, ...byToken(old) },
      { ...request, ...forged },
      { ...request, ...byDevice(server, ann, bob.devices[0]!, body) },
      { ...request, ...byDevice(server, bob, bob.devices[0]!, body) },
      { ...request, ...byDevice(server, ann, device, body, 'Sotto 1 authenticate') },
      // A permission for another successor.
      { ...request, ...byDevice(server, ann, device, successor(ann).request.chainEntry.body) },
    ];
    for (const one of bad) {
      expect(await callSignIn(server.signIn, 'finishReset', one)).toMatchObject({ code: 'reset_refused' });
    }
    const malformed = [
      {
        ...successor(ann, { operation: ChainOperation.CREATE, replacedAccountId: new Uint8Array(0) }).request,
      },
      { ...successor(ann, { replacedAccountId: idToBytes(bob.accountId) }).request },
      { ...request, vault: { version: 1, sealed: randomBytes(64) } },
      { ...request, registrationRecord: 'not base64' },
      { ...request, recoveryKey: new Uint8Array(0) },
      { ...request, replacedAccountId: randomBytes(3) },
      { ...request, vault: undefined },
    ];
    for (const one of malformed) {
      const answer = await callSignIn(server.signIn, 'finishReset', { ...one, ...byToken(token) });
      expect(['malformed', 'chain_invalid']).toContain(answer.kind === 'refused' ? answer.code : 'done');
    }
    const resolve = () => callSignIn(server.signIn, 'resolveReset', { resetToken: token });
    expect(await resolve()).toMatchObject({ kind: 'done', value: { username: 'ann' } });
    nowMs += limits.resetLifetimeMs + 1;
    expect(await resolve()).toMatchObject({ code: 'reset_refused' });
    expect(await callSignIn(server.signIn, 'finishReset', { ...request, ...byToken(token) })).toMatchObject({
      code: 'reset_refused',
    });
    const fresh = await server.service.permitReset('ann');
    const permitted = { ...request, ...byToken(fresh!) };
    expect((await callSignIn(server.signIn, 'finishReset', permitted)).kind).toBe('done');
    // Spent: the account that has the name now is not reset by it.
    expect(await server.store.findReset(hashInviteToken(fresh!), nowMs)).toBeNull();
    expect(await server.service.permitReset('nobody')).toBeNull();
  });

  it('cannot bring a device that is another account’s', async () => {
    const server = await startTestServer();
    const { account: ann } = await server.join('ann');
    const { account: bob } = await server.join('bob');
    const taken = bob.devices[0]!;
    const { request } = successor(ann, {
      devices: [
        { deviceId: idToBytes(taken.deviceId as DeviceId), signatureKey: randomBytes(32), notAfterMs: 0n },
      ],
    });
    const permission = byDevice(server, ann, ann.devices[0]!, request.chainEntry.body);
    expect(await callSignIn(server.signIn, 'finishReset', { ...request, ...permission })).toMatchObject({
      code: 'chain_invalid',
    });
  });
});
