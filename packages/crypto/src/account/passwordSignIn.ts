/**
 * OPAQUE (RFC 9807) from the client's side (spec/accounts.md, "Sign-in"). The server learns neither the password
 * nor anything that can be checked without asking it. The stretching is fixed here, so no server can lower it.
 */
import type { AccountId } from '@sotto/protocol';

/** Argon2id: 128 MiB, 3 passes. */
const keyStretching = {
  'argon2id-custom': { iterations: 3, memory: 128 * 1024, parallelism: 1 },
} as const;

/** The library, with WebAssembly inside, is loaded when someone signs in: a signed-in device does without. */
async function loadClient() {
  const { client, ready } = await import('@serenity-kit/opaque');
  await ready;
  return client;
}

/** The same characters, however a keyboard composed them. */
function normalize(password: string): string {
  return password.normalize('NFKC');
}

/** First registration message. `state` is secret. */
export async function startRegistration(password: string): Promise<{ state: string; request: string }> {
  const client = await loadClient();
  const { clientRegistrationState, registrationRequest } = client.startRegistration({
    password: normalize(password),
  });
  return { state: clientRegistrationState, request: registrationRequest };
}

/**
 * Second registration message, with the 64-byte key that only this password gives. Computes for 0.6 to 0.8 s
 * without pause: run it in a worker. Null where the response is malformed.
 */
export async function finishRegistration(
  password: string,
  state: string,
  response: string,
  accountId: AccountId,
): Promise<{ record: string; exportKey: Uint8Array } | null> {
  const client = await loadClient();
  try {
    const { registrationRecord, exportKey } = client.finishRegistration({
      password: normalize(password),
      clientRegistrationState: state,
      registrationResponse: response,
      identifiers: { client: accountId },
      keyStretching,
    });
    return { record: registrationRecord, exportKey: decodeBase64Url(exportKey) };
  } catch {
    return null;
  }
}

/** First login message. `state` is secret. */
export async function startLogin(password: string): Promise<{ state: string; request: string }> {
  const client = await loadClient();
  const { clientLoginState, startLoginRequest } = client.startLogin({ password: normalize(password) });
  return { state: clientLoginState, request: startLoginRequest };
}

/**
 * Last login message and the export key. Null where the password is wrong, or the answer is malformed or of
 * another account: the three cannot be told apart. As slow as `finishRegistration`.
 */
export async function finishLogin(
  password: string,
  state: string,
  response: string,
  accountId: AccountId,
): Promise<{ finish: string; exportKey: Uint8Array } | null> {
  const client = await loadClient();
  try {
    const result = client.finishLogin({
      password: normalize(password),
      clientLoginState: state,
      loginResponse: response,
      identifiers: { client: accountId },
      keyStretching,
    });
    if (result === undefined) return null;
    return { finish: result.finishLoginRequest, exportKey: decodeBase64Url(result.exportKey) };
  } catch {
    return null;
  }
}

function decodeBase64Url(text: string): Uint8Array {
  return Uint8Array.fromBase64(text, { alphabet: 'base64url' });
}
