/**
 * Passkeys in a page (spec/accounts.md, "Passkeys"): WebAuthn with the PRF extension, which browsers offer to pages
 * and not to workers. Invariant: what the PRF gives is handed to the caller once and kept nowhere; the caller passes
 * it to the engine and overwrites it. Nothing of WebAuthn itself is checked by anybody: what proves a passkey is a
 * signature by a key that the PRF's output gives.
 */
import type { PasskeySecret } from '@sotto/client/api';
import { type AccountId, idFromBytes, idToBytes, limits } from '@sotto/protocol';

/**
 * `cancelled`: the user, or the time. `noPrf`: this authenticator makes passkeys that open nothing. `alreadyThere`:
 * the account has a passkey on it. `notOurs`: a passkey of something else.
 */
export type PasskeyProblem = 'cancelled' | 'noPrf' | 'alreadyThere' | 'notOurs' | 'failed';
export type PasskeyOutcome<Value> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'problem'; readonly problem: PasskeyProblem };

export interface CreatedPasskey {
  readonly credentialId: Uint8Array;
  /** 32 bytes. */
  readonly prfOutput: Uint8Array;
}

/** What the PRF is asked for: the same everywhere, because who signs in has not said who they are. */
const prfInput = new TextEncoder().encode('Sotto 1 passkey secret');
const prfOutputSizeBytes = 32;
/** ES256, EdDSA, RS256. The signatures are not used, so whatever the authenticator likes best. */
const algorithms = [-7, -8, -257];

/** Whether this browser can ask passkeys for what opens an account. */
export async function canUsePasskeys(): Promise<boolean> {
  if (typeof PublicKeyCredential === 'undefined') return false;
  const { getClientCapabilities } = PublicKeyCredential;
  if (typeof getClientCapabilities !== 'function') return false;
  const capabilities: Record<string, boolean | undefined> = await getClientCapabilities
    .call(PublicKeyCredential)
    .catch(() => ({}));
  return capabilities['extension:prf'] === true;
}

/** Makes a passkey for the account, in a place that has none of `known`. */
export async function createPasskey(account: {
  readonly accountId: AccountId;
  readonly username: string;
  readonly known: readonly Uint8Array[];
}): Promise<PasskeyOutcome<CreatedPasskey>> {
  const { accountId, username, known } = account;
  let credential: PublicKeyCredential | null;
  try {
    credential = asPublicKey(
      await navigator.credentials.create({
        publicKey: {
          rp: { name: 'Sotto' },
          user: { id: own(idToBytes(accountId)), name: username, displayName: username },
          challenge: unusedChallenge(),
          pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
          authenticatorSelection: {
            residentKey: 'required',
            requireResidentKey: true,
            userVerification: 'required',
          },
          excludeCredentials: known.map((id) => ({ type: 'public-key', id: own(id) })),
          extensions: { prf: { eval: { first: prfInput } } },
        },
      }),
    );
  } catch (error) {
    return problem(problemOf(error));
  }
  if (credential === null) return problem('failed');
  const credentialId = new Uint8Array(credential.rawId);
  const { prf } = credential.getClientExtensionResults();
  if (prf?.enabled !== true) {
    await forgetPasskey(credentialId);
    return problem('noPrf');
  }
  const prfOutput = outputOf(credential);
  if (prfOutput !== null) return { kind: 'ok', value: { credentialId, prfOutput } };
  // Many authenticators tell only when they are asked.
  const asked = await askForPasskey([credentialId]);
  if (asked.kind === 'problem') return asked;
  return { kind: 'ok', value: { credentialId, prfOutput: asked.value.prfOutput } };
}

/** Asks for one of these passkeys, or, with none of them, for any that this browser has for this address. */
export async function askForPasskey(
  credentialIds: readonly Uint8Array[] = [],
): Promise<PasskeyOutcome<PasskeySecret>> {
  let credential: PublicKeyCredential | null;
  try {
    credential = asPublicKey(
      await navigator.credentials.get({
        publicKey: {
          challenge: unusedChallenge(),
          allowCredentials: credentialIds.map((id) => ({ type: 'public-key', id: own(id) })),
          userVerification: 'required',
          extensions: { prf: { eval: { first: prfInput } } },
        },
      }),
    );
  } catch (error) {
    return problem(problemOf(error));
  }
  if (credential === null) return problem('failed');
  const { response } = credential;
  const userHandle = response instanceof AuthenticatorAssertionResponse ? response.userHandle : null;
  const accountId = userHandle === null ? null : idFromBytes<AccountId>(new Uint8Array(userHandle));
  const credentialId = new Uint8Array(credential.rawId);
  if (accountId === null || credentialId.length > limits.credentialIdSizeBytes) return problem('notOurs');
  const prfOutput = outputOf(credential);
  if (prfOutput === null) return problem('noPrf');
  return { kind: 'ok', value: { kind: 'passkey', accountId, credentialId, prfOutput } };
}

/** Tells the browser that this passkey is of no use any more, where it listens: it may then offer to delete it. */
export async function forgetPasskey(credentialId: Uint8Array): Promise<void> {
  const { signalUnknownCredential } = PublicKeyCredential;
  if (typeof signalUnknownCredential !== 'function') return;
  const id = credentialId.toBase64({ alphabet: 'base64url', omitPadding: true });
  await signalUnknownCredential
    .call(PublicKeyCredential, { rpId: location.hostname, credentialId: id })
    .catch(() => undefined);
}

function outputOf(credential: PublicKeyCredential): Uint8Array | null {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (first === undefined) return null;
  const output = first instanceof ArrayBuffer ? new Uint8Array(first) : new Uint8Array(first.buffer);
  return output.length === prfOutputSizeBytes ? output : null;
}

function asPublicKey(credential: Credential | null): PublicKeyCredential | null {
  return credential instanceof PublicKeyCredential ? credential : null;
}

function problemOf(error: unknown): PasskeyProblem {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'AbortError':
      return 'cancelled';
    case 'InvalidStateError':
      return 'alreadyThere';
    case 'NotSupportedError':
    case 'ConstraintError':
      return 'noPrf';
    default:
      return 'failed';
  }
}

/** WebAuthn wants one; nobody looks at the signature over it. */
function unusedChallenge(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(32));
}

function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function problem(value: PasskeyProblem): { readonly kind: 'problem'; readonly problem: PasskeyProblem } {
  return { kind: 'problem', problem: value };
}
