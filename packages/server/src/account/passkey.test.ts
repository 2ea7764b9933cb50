import { createHash, randomBytes, sign } from 'node:crypto';
import { type AccountId, ChainOperation, idToBytes, limits } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { defaultRates } from '../rates.ts';
import { callSignIn, createKeyPair, signChainEntry, type TestAccount } from '../testing/testClient.ts';
import { startTestServer, stoppedClock } from '../testing/testServer.ts';

type Server = Awaited<ReturnType<typeof startTestServer>>;
type KeyPair = ReturnType<typeof createKeyPair>;

function vaultOf(value: number) {
  const sealed = new Uint8Array(64).fill(value);
  const vaultHash = createHash('sha256').update('Sotto 1 vault hash').update(sealed).digest();
  return { vault: { version: 1, sealed }, vaultHash };
}

/** A request that adds a passkey; `changes` makes its entry wrong on purpose. */
function addition(
  account: TestAccount,
  passkeyId: Uint8Array,
  key: KeyPair,
  changes: Parameters<typeof signChainEntry>[2] = {},
) {
  const { vault, vaultHash } = vaultOf(9);
  return {
    accountId: idToBytes(account.accountId),
    chainEntry: signChainEntry(account, ChainOperation.ADD_PASSKEY, { vaultHash, passkeyId, ...changes }),
    vault,
    passkey: { publicKey: key.publicKey, label: randomBytes(80) },
  };
}

async function withPasskey(server: Server, username = 'ann') {
  const { account, connection } = await server.join(username);
  const key = createKeyPair();
  const passkeyId = randomBytes(16);
  const request = addition(account, passkeyId, key);
  expect((await callSignIn(server.signIn, 'changeAccount', request)).kind).toBe('done');
  return {
    account: { ...account, chain: [...account.chain, request.chainEntry] },
    connection,
    key,
    passkeyId,
  };
}

async function challenge({ signIn }: Server, accountId: AccountId, passkeyId: Uint8Array) {
  const started = await callSignIn(signIn, 'startPasskeyLogin', {
    accountId: idToBytes(accountId),
    passkeyId,
  });
  if (started.kind === 'refused') throw new Error(started.code);
  return started.value;
}

function prove(
  { service }: Server,
  nonce: Uint8Array,
  accountId: AccountId,
  passkeyId: Uint8Array,
  key: KeyPair,
  label = 'Sotto 1 prove passkey',
): Uint8Array {
  const signed = [Buffer.from(label), service.serverId, nonce, idToBytes(accountId), passkeyId];
  return sign(null, Buffer.concat(signed), key.privateKey);
}

describe('passkeys', () => {
  it('are added with vault and chain entry, listed, and removed, each as the chain says', async () => {
    const server = await startTestServer();
    const { account, connection } = await server.join('ann');
    const key = createKeyPair();
    const passkeyId = randomBytes(16);
    const request = addition(account, passkeyId, key);
    const bad = [
      { ...request, passkey: undefined },
      { ...request, passkey: { ...request.passkey, publicKey: randomBytes(31) } },
      { ...request, passkey: { ...request.passkey, label: randomBytes(limits.passkeyLabelSizeBytes + 1) } },
      { ...request, vault: vaultOf(3).vault },
      { ...request, recoveryKey: key.publicKey },
      { ...request, chainEntry: { ...request.chainEntry, signature: randomBytes(64) } },
      addition(account, randomBytes(7), key),
      addition(account, new Uint8Array(0), key),
      addition(account, passkeyId, key, { operation: ChainOperation.REMOVE_PASSKEY }),
      addition(account, passkeyId, key, { operation: ChainOperation.CHANGE_PASSWORD }),
      addition(account, passkeyId, key, { historyPublicKey: new Uint8Array(1216).fill(3) }),
      addition(account, passkeyId, key, { devices: [] }),
    ];
    for (const one of bad) {
      expect((await callSignIn(server.signIn, 'changeAccount', one)).kind).toBe('refused');
    }
    // A chain entry alone would leave the vault behind.
    const { accountId, chainEntry } = request;
    expect(await callSignIn(server.signIn, 'addDevice', { accountId, chainEntry })).toMatchObject({
      code: 'chain_invalid',
    });
    expect((await callSignIn(server.signIn, 'changeAccount', request)).kind).toBe('done');
    expect((await callSignIn(server.signIn, 'changeAccount', request)).kind).toBe('done');
    const listed = await connection.call('listDevices', {});
    expect(listed).toMatchObject({ kind: 'done', value: { passkeys: [{ lastUsedMs: 0n }] } });

    const grown = { ...account, chain: [...account.chain, chainEntry] };
    expect(await callSignIn(server.signIn, 'changeAccount', addition(grown, passkeyId, key))).toMatchObject({
      code: 'chain_invalid',
    });
    const { passkey: _, ...removal } = addition(grown, passkeyId, key, {
      operation: ChainOperation.REMOVE_PASSKEY,
    });
    const unknown = addition(grown, randomBytes(16), key, { operation: ChainOperation.REMOVE_PASSKEY });
    expect(
      await callSignIn(server.signIn, 'changeAccount', { ...unknown, passkey: undefined }),
    ).toMatchObject({ code: 'chain_invalid' });
    expect((await callSignIn(server.signIn, 'changeAccount', removal)).kind).toBe('done');
    expect(await connection.call('listDevices', {})).toMatchObject({ value: { passkeys: [] } });
    const gone = { accountId, passkeyId };
    expect(await callSignIn(server.signIn, 'startPasskeyLogin', gone)).toMatchObject({
      code: 'wrong_passkey',
    });
  });

  it('give the vault and the name to who proves one, once per challenge', async () => {
    const server = await startTestServer();
    const { account, connection, key, passkeyId } = await withPasskey(server);
    const other = await withPasskey(server, 'bob');
    const { accountId } = account;
    const { signIn } = server;
    const first = await challenge(server, accountId, passkeyId);
    const good = {
      loginId: first.loginId,
      signature: prove(server, first.nonce, accountId, passkeyId, key),
    };
    expect(await callSignIn(signIn, 'finishPasskeyLogin', good)).toMatchObject({
      kind: 'done',
      value: { username: 'ann', vault: { version: 1 }, chain: { length: 2 } },
    });
    await expect
      .poll(async () => {
        const listed = await connection.call('listDevices', {});
        return listed.kind === 'done' && listed.value.passkeys[0]?.lastUsedMs !== 0n;
      })
      .toBe(true);
    expect(await callSignIn(signIn, 'finishPasskeyLogin', good)).toMatchObject({ code: 'login_expired' });

    const wrong = async (signature: (nonce: Uint8Array) => Uint8Array) => {
      const { loginId, nonce } = await challenge(server, accountId, passkeyId);
      return callSignIn(signIn, 'finishPasskeyLogin', { loginId, signature: signature(nonce) });
    };
    const lies = [
      () => good.signature,
      (nonce: Uint8Array) => prove(server, nonce, accountId, passkeyId, createKeyPair()),
      (nonce: Uint8Array) => prove(server, nonce, accountId, passkeyId, key, 'Sotto 1 prove recovery'),
      // Another account's passkey, for its own account and for this one.
      (nonce: Uint8Array) => prove(server, nonce, other.account.accountId, other.passkeyId, other.key),
      (nonce: Uint8Array) => prove(server, nonce, accountId, passkeyId, other.key),
      () => new Uint8Array(0),
    ];
    for (const lie of lies) expect(await wrong(lie)).toMatchObject({ code: 'wrong_passkey' });
    for (const request of [
      { accountId: idToBytes(accountId), passkeyId: other.passkeyId },
      { accountId: idToBytes(accountId), passkeyId: randomBytes(16) },
      { accountId: randomBytes(16), passkeyId },
    ]) {
      expect(await callSignIn(signIn, 'startPasskeyLogin', request)).toMatchObject({
        code: 'wrong_passkey',
      });
    }
    expect(
      await callSignIn(signIn, 'startPasskeyLogin', { accountId: randomBytes(15), passkeyId }),
    ).toMatchObject({ code: 'malformed' });
  });

  it('are limited in number, and tries by address', async () => {
    const server = await startTestServer({ rates: defaultRates, clock: stoppedClock });
    const { account } = await server.join('ann');
    const grown: TestAccount = { ...account, chain: [...account.chain] };
    for (let i = 0; i < limits.passkeysPerAccount; i++) {
      const request = addition(grown, randomBytes(16), createKeyPair());
      expect((await callSignIn(server.signIn, 'changeAccount', request)).kind).toBe('done');
      grown.chain.push(request.chainEntry);
    }
    const oneMore = addition(grown, randomBytes(16), createKeyPair());
    expect(await callSignIn(server.signIn, 'changeAccount', oneMore)).toMatchObject({
      code: 'chain_invalid',
    });
    const codes: string[] = [];
    for (let i = 0; i <= defaultRates.loginsPerAddress.burst; i++) {
      const answer = await callSignIn(server.signIn, 'startPasskeyLogin', {
        accountId: idToBytes(account.accountId),
        passkeyId: randomBytes(16),
      });
      codes.push(answer.kind === 'done' ? 'ok' : answer.code);
    }
    expect(codes[0]).toBe('wrong_passkey');
    expect(codes.at(-1)).toBe('rate_limited');
  });
});
