/** OPAQUE (RFC 9807), server side, through `@serenity-kit/opaque`: the library throws on malformed input. */
import { ready, server } from '@serenity-kit/opaque';
import type { AccountId } from '@sotto/protocol';

/** Both sides bind the account's id (as hexadecimal text) into the exchange. */
function identifiersOf(accountId: AccountId): { client: string } {
  return { client: accountId };
}

export async function createOpaqueSetup(): Promise<string> {
  await ready;
  return server.createSetup();
}

/** Null where the request is malformed. */
export async function answerRegistration(
  serverSetup: string,
  accountId: AccountId,
  registrationRequest: string,
): Promise<string | null> {
  await ready;
  try {
    const params = { serverSetup, userIdentifier: accountId, registrationRequest };
    return server.createRegistrationResponse(params).registrationResponse;
  } catch {
    return null;
  }
}

/** Null where the request (or the record that the client once registered) is malformed. */
export async function startOpaqueLogin(
  serverSetup: string,
  accountId: AccountId,
  registrationRecord: string,
  startLoginRequest: string,
): Promise<{ state: string; response: string } | null> {
  await ready;
  try {
    const { serverLoginState, loginResponse } = server.startLogin({
      serverSetup,
      userIdentifier: accountId,
      registrationRecord,
      startLoginRequest,
      identifiers: identifiersOf(accountId),
    });
    return { state: serverLoginState, response: loginResponse };
  } catch {
    return null;
  }
}

/** Whether the client proved that it knows the password. */
export function finishOpaqueLogin(accountId: AccountId, state: string, finishLoginRequest: string): boolean {
  try {
    const identifiers = identifiersOf(accountId);
    return (
      server.finishLogin({ serverLoginState: state, finishLoginRequest, identifiers }).sessionKey.length > 0
    );
  } catch {
    return false;
  }
}
