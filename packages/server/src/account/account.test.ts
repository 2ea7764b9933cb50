import { randomBytes } from 'node:crypto';
import { ChainOperation, idToBytes, limits } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { defaultRates } from '../rates.ts';
import { ManualClock } from '../testing/manualClock.ts';
import {
  callSignIn,
  createKeyPair,
  createTestAccount,
  createTestDevice,
  logIn,
  register,
  signChainEntry,
} from '../testing/testClient.ts';
import { converse, startTestServer, stoppedClock } from '../testing/testServer.ts';

const hostile = [
  `ann'; DROP TABLE account; --`,
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'ann\u0000',
  '../../etc/passwd',
  '{{7*7}}',
];

describe('accounts', () => {
  it('registers once per name and id, and takes the repetition of a lost answer', async () => {
    const { signIn } = await startTestServer();
    const ann = createTestAccount('Ann');
    expect(await register(signIn, ann)).toBeNull();
    expect(await register(signIn, createTestAccount('@ANN '))).toBe('username_taken');
    expect(await register(signIn, { ...createTestAccount('bob'), accountId: ann.accountId })).toBe(
      'account_exists',
    );
    const again = await callSignIn(signIn, 'finishRegistration', {
      accountId: idToBytes(ann.accountId),
      username: 'ann',
      registrationRecord: 'again',
      vault: { version: 1 },
      chainEntry: ann.chain[0]!,
    });
    expect(again.kind).toBe('done');
  });

  it('logs in with the password, and says what is wrong', async () => {
    const { signIn } = await startTestServer();
    const ann = createTestAccount('ann', 'right password');
    await register(signIn, ann);
    const opened = await logIn(signIn, 'ann', 'right password');
    expect(opened).toMatchObject({ kind: 'done', value: { vault: { version: 1 } } });
    expect(await logIn(signIn, 'ann', 'wrong password')).toMatchObject({ code: 'wrong_password' });
    expect(await logIn(signIn, 'nobody', 'x')).toMatchObject({ code: 'unknown_account' });
    expect(await logIn(signIn, '!', 'x')).toMatchObject({ code: 'username_malformed' });
    const finish = { loginId: randomBytes(16), loginFinish: 'AAAA' };
    expect(await callSignIn(signIn, 'finishLogin', finish)).toMatchObject({ code: 'login_expired' });
    const request = { username: 'ann', loginRequest: 'not opaque' };
    expect(await callSignIn(signIn, 'startLogin', request)).toMatchObject({ code: 'malformed' });
  });

  it('gives each login one try, within its time', async () => {
    const clock = new ManualClock();
    const { signIn, service } = await startWithClock(clock);
    await register(signIn, createTestAccount('ann'));
    const { client, ready } = await import('@serenity-kit/opaque');
    await ready;
    const start = async () => {
      const { startLoginRequest } = client.startLogin({ password: 'x' });
      const started = await callSignIn(signIn, 'startLogin', {
        username: 'ann',
        loginRequest: startLoginRequest,
      });
      return started.kind === 'done' ? started.value.loginId : randomBytes(1);
    };
    const loginId = await start();
    const finish = () => callSignIn(signIn, 'finishLogin', { loginId, loginFinish: 'AAAA' });
    expect(await finish()).toMatchObject({ code: 'wrong_password' });
    expect(await finish()).toMatchObject({ code: 'login_expired' });
    const late = await start();
    clock.advance(limits.loginLifetimeMs + 1);
    expect(await callSignIn(signIn, 'finishLogin', { loginId: late, loginFinish: 'AAAA' })).toMatchObject({
      code: 'login_expired',
    });
    expect(service.devicesOnline).toBe(0);
  });

  it('counts every StartLogin as a guess', async () => {
    const { signIn } = await startTestServer({ rates: defaultRates, clock: stoppedClock });
    await register(signIn, createTestAccount('ann'));
    const { client } = await import('@serenity-kit/opaque');
    const { startLoginRequest: loginRequest } = client.startLogin({ password: 'x' });
    const codes: string[] = [];
    for (let i = 0; i < defaultRates.loginsPerAccountAndAddress.burst + 2; i += 1) {
      const started = await callSignIn(signIn, 'startLogin', { username: 'ann', loginRequest });
      codes.push(started.kind === 'done' ? 'ok' : started.code);
    }
    expect(codes.slice(-2)).toEqual(['rate_limited', 'rate_limited']);
    expect(codes.filter((code) => code === 'ok')).toHaveLength(defaultRates.loginsPerAccountAndAddress.burst);
  });

  it('lets nobody be kept from signing in by the guesses of one address', async () => {
    const { signIn, service } = await startTestServer({ rates: defaultRates, clock: stoppedClock });
    await register(signIn, createTestAccount('ann'));
    const { client } = await import('@serenity-kit/opaque');
    const { startLoginRequest: loginRequest } = client.startLogin({ password: 'x' });
    const guess = (address: string) =>
      callSignIn((method, payload) => service.signIn(method, payload, address), 'startLogin', {
        username: 'ann',
        loginRequest,
      });
    const { burst } = defaultRates.loginsPerAccountAndAddress;
    for (let i = 0; i < burst; i += 1) expect(await guess('198.51.100.1')).toMatchObject({ kind: 'done' });
    expect(await guess('198.51.100.1')).toMatchObject({ code: 'rate_limited' });
    expect(await guess('203.0.113.7')).toMatchObject({ kind: 'done' });
    // All addresses together are limited as well.
    let guesses = burst + 1;
    for (let address = 0; guesses <= defaultRates.loginsPerAccount.burst; address++) {
      const outcome = await guess(`192.0.2.${address}`);
      if (outcome.kind !== 'done') break;
      guesses += 1;
    }
    expect(guesses).toBe(defaultRates.loginsPerAccount.burst);
  });

  it('takes SQL and HTML in text fields for the malformed names they are', async () => {
    const { signIn, store } = await startTestServer();
    for (const text of hostile) {
      expect(await register(signIn, createTestAccount(text))).toBe('username_malformed');
      expect(await logIn(signIn, text, text)).toMatchObject({ code: 'username_malformed' });
      const request = { accountId: randomBytes(16), username: 'fine', registrationRequest: text };
      expect(await callSignIn(signIn, 'startRegistration', request)).toMatchObject({ code: 'malformed' });
    }
    expect(await store.countAccounts()).toBe(0);
  });

  it('refuses oversized fields with their limit', async () => {
    const { signIn } = await startTestServer();
    const ann = createTestAccount('ann');
    const fields = {
      accountId: idToBytes(ann.accountId),
      username: 'ann',
      registrationRecord: 'AAAA',
      chainEntry: ann.chain[0]!,
    };
    const vault = { version: 1, sealed: new Uint8Array(limits.vaultSizeBytes + 1) };
    expect(await callSignIn(signIn, 'finishRegistration', { ...fields, vault })).toMatchObject({
      code: 'too_large',
    });
    const registrationRecord = 'A'.repeat(limits.opaqueMessageSizeBytes + 1);
    const long = { ...fields, registrationRecord, vault: { version: 1 } };
    expect(await callSignIn(signIn, 'finishRegistration', long)).toMatchObject({ code: 'too_large' });
  });

  it('refuses a first chain entry that is not this account’s own, sound and signed', async () => {
    const { signIn, store } = await startTestServer();
    const ann = createTestAccount('ann');
    const entry = (changes: Parameters<typeof signChainEntry>[2], identity = ann.identity) =>
      signChainEntry({ ...ann, chain: [] }, ChainOperation.CREATE, changes, identity);
    const device = { deviceId: randomBytes(16), signatureKey: randomBytes(32) };
    const bad = [
      entry({}, { ...createKeyPair(), publicKey: ann.identity.publicKey }),
      entry({ accountId: randomBytes(16) }),
      entry({ seq: 1n }),
      entry({ prevHash: randomBytes(32) }),
      entry({ operation: ChainOperation.ADD_DEVICE }),
      entry({ devices: [] }),
      entry({ devices: [device, device] }),
      entry({ devices: [{ ...device, signatureKey: randomBytes(31) }] }),
      entry({ historyPublicKey: randomBytes(32) }),
      { ...ann.chain[0]!, body: randomBytes(60) },
    ];
    for (const chainEntry of bad)
      expect(await register(signIn, { ...ann, chain: [chainEntry] })).toBe('chain_invalid');
    expect(await store.countAccounts()).toBe(0);
  });

  it('extends a chain only as its identity key says, and refuses a fork', async () => {
    const { signIn, join, online } = await startTestServer();
    const { account: ann } = await join('ann');
    const accountId = idToBytes(ann.accountId);
    const add = (chainEntry: ReturnType<typeof signChainEntry>) =>
      callSignIn(signIn, 'addDevice', { accountId, chainEntry });
    const phone = createTestDevice();
    const grown = { ...ann, devices: [...ann.devices, phone] };
    const next = signChainEntry(grown, ChainOperation.ADD_DEVICE);
    const bad = [
      signChainEntry(grown, ChainOperation.ADD_DEVICE, {}, createKeyPair()), // another identity, soundly signed
      signChainEntry(grown, ChainOperation.ADD_DEVICE, { prevHash: randomBytes(32) }),
      signChainEntry(grown, ChainOperation.REMOVE_DEVICE),
      signChainEntry(ann, ChainOperation.ADD_DEVICE),
      signChainEntry({ ...ann, devices: [phone] }, ChainOperation.ADD_DEVICE),
      { ...next, signature: randomBytes(64) },
    ];
    for (const entry of bad) expect(await add(entry)).toMatchObject({ code: 'chain_invalid' });
    expect(await add(next)).toMatchObject({ kind: 'done' });
    expect(await add(next)).toMatchObject({ kind: 'done' });
    const fork = signChainEntry(
      { ...ann, devices: [...ann.devices, createTestDevice()] },
      ChainOperation.ADD_DEVICE,
    );
    expect(await add(fork)).toMatchObject({ code: 'chain_stale' });
    expect(await add(ann.chain[0]!)).toMatchObject({ code: 'chain_stale' });
    const ask = (chainEntry: ReturnType<typeof signChainEntry>) =>
      callSignIn(signIn, 'addDevice', { accountId, chainEntry, wantsNewer: true });
    expect(await ask(fork)).toMatchObject({ value: { newer: [{ body: next.body }] } });
    const foreign = signChainEntry(grown, ChainOperation.ADD_DEVICE, { seq: 1n }, createKeyPair());
    expect(await ask(foreign)).toMatchObject({ code: 'chain_stale' });
    expect((await online(grown, phone)).closed).toBeNull();
    const stranger = { accountId: randomBytes(16), chainEntry: next };
    expect(await callSignIn(signIn, 'addDevice', stranger)).toMatchObject({ code: 'unknown_account' });
  });

  it('tells devices and contacts of a chain that grew, and ends a removed device', async () => {
    const server = await startTestServer();
    const ann = await server.join('ann');
    const bob = await server.join('bob');
    const eve = await server.join('eve');
    await converse(ann.connection, ann.account, bob.account);
    const accountId = idToBytes(ann.account.accountId);
    const phone = createTestDevice();
    const grown = { ...ann.account, devices: [...ann.account.devices, phone] };
    const entry = signChainEntry(grown, ChainOperation.ADD_DEVICE);
    await callSignIn(server.signIn, 'addDevice', { accountId, chainEntry: entry });
    for (const { connection } of [ann, bob]) {
      await connection.until(() => connection.pushes.some(({ kind }) => kind.case === 'chainChanged'));
    }
    expect(eve.connection.pushes).toEqual([]);
    const phoneConnection = await server.online(grown, phone);
    const removal = signChainEntry(
      { ...ann.account, chain: [...ann.account.chain, entry] },
      ChainOperation.REMOVE_DEVICE,
    );
    await callSignIn(server.signIn, 'addDevice', { accountId, chainEntry: removal });
    expect(phoneConnection.closed?.code).toBe(4001);
    const back = server.connect();
    expect(await back.authenticate(grown, phone)).toMatchObject({ error: { code: 'device_unknown' } });
  });

  it('asks for an invite where registration needs one, and takes each once', async () => {
    const server = await startTestServer({ registration: 'invite' });
    const { signIn, service } = server;
    const operators = await service.operatorInvite();
    expect(await service.operatorInvite()).toEqual(operators);
    expect(await register(signIn, createTestAccount('ann'))).toBe('invite_needed');
    expect(await register(signIn, createTestAccount('ann'), randomBytes(16))).toBe('invite_invalid');
    const ann = createTestAccount('ann');
    expect(await register(signIn, ann, operators!)).toBeNull();
    expect(await service.operatorInvite()).toBeNull();
    expect(await register(signIn, createTestAccount('bob'), operators!)).toBe('invite_invalid');
    const connection = await server.online(ann);
    const invite = await connection.call('createInvite', {});
    const inviteToken = invite.kind === 'done' ? invite.value.inviteToken : new Uint8Array();
    const resolved = await callSignIn(signIn, 'resolveInvite', { inviteToken });
    expect(resolved).toMatchObject({ kind: 'done', value: { username: 'ann', registers: true } });
    expect(await register(signIn, createTestAccount('bob'), inviteToken)).toBeNull();
    expect(await callSignIn(signIn, 'resolveInvite', { inviteToken })).toMatchObject({
      value: { registers: false },
    });
    const unknown = { inviteToken: randomBytes(16) };
    expect(await callSignIn(signIn, 'resolveInvite', unknown)).toMatchObject({ code: 'invite_invalid' });
  });
});

/** Time stands still unless moved; commits happen as they come. */
function startWithClock(clock: ManualClock) {
  return startTestServer({
    clock: {
      nowMs: () => clock.nowMs(),
      schedule: (delayMs, run) => clock.schedule(delayMs, run),
      defer: (run) => setImmediate(run),
    },
  });
}
