import { ready, server } from '@serenity-kit/opaque';
import type { AccountId } from '@sotto/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { finishLogin, finishRegistration, startLogin, startRegistration } from './passwordSignIn.ts';

const accountId = '000102030405060708090a0b0c0d0e0f' as AccountId;
const password = 'caf\u00e9 with milk';
let serverSetup: string;
let record: string;
let exportKey: Uint8Array;

function serverLogin(request: string, asAccount: AccountId = accountId) {
  return server.startLogin({
    serverSetup,
    registrationRecord: record,
    startLoginRequest: request,
    userIdentifier: accountId,
    identifiers: { client: asAccount },
  });
}

beforeAll(async () => {
  await ready;
  serverSetup = server.createSetup();
  const { state, request } = await startRegistration(password);
  const { registrationResponse } = server.createRegistrationResponse({
    serverSetup,
    userIdentifier: accountId,
    registrationRequest: request,
  });
  const finished = await finishRegistration(password, state, registrationResponse, accountId);
  record = finished!.record;
  exportKey = finished!.exportKey;
});

describe('password sign-in', () => {
  it('gives the same export key at login, however the password was composed', async () => {
    const typed = 'cafe\u0301 with milk';
    const { state, request } = await startLogin(typed);
    const { loginResponse, serverLoginState } = serverLogin(request);
    const login = await finishLogin(typed, state, loginResponse, accountId);
    expect(login!.exportKey).toEqual(exportKey);
    expect(exportKey.length).toBe(64);
    const finished = server.finishLogin({
      serverLoginState,
      finishLoginRequest: login!.finish,
      identifiers: { client: accountId },
    });
    expect(finished.sessionKey).not.toBe('');
  });

  it('refuses a wrong password', async () => {
    const { state, request } = await startLogin('wrong horse');
    expect(await finishLogin('wrong horse', state, serverLogin(request).loginResponse, accountId)).toBeNull();
  });

  it('refuses an answer made for another account', async () => {
    const { state, request } = await startLogin(password);
    const other = 'ffffffffffffffffffffffffffffffff' as AccountId;
    expect(await finishLogin(password, state, serverLogin(request).loginResponse, other)).toBeNull();
  });

  it('refuses malformed answers', async () => {
    const registration = await startRegistration(password);
    const login = await startLogin(password);
    for (const response of ['', '!', 'AAAA', 'A'.repeat(5000)]) {
      expect(await finishRegistration(password, registration.state, response, accountId)).toBeNull();
      expect(await finishLogin(password, login.state, response, accountId)).toBeNull();
    }
  });
});
