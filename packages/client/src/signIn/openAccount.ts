import {
  type AccountSecrets,
  finishLogin,
  openVault,
  parseRecoveryCode,
  passkeyIdOf,
  passkeyKey,
  recoveryKey,
  signPasskeyLogin,
  signRecovery,
  startLogin,
  type VaultKey,
  type VaultSlotPublic,
  type VerifiedChain,
  vaultHash,
  verifyChain,
  wipeSecrets,
} from '@sotto/crypto';
import {
  type AccountId,
  type ChainEntry,
  idFromBytes,
  idToBytes,
  normalizeUsername,
  type Vault,
  type WireError,
} from '@sotto/protocol';
import type { AccountSecret, OpenProblem, Outcome, PasskeySecret, ServerProblem } from '../api.ts';
import type { Platform } from '../ports.ts';
import { callSignIn, signInMethods } from './signInCall.ts';

/** An account with its vault open, as the server has it now. Its secrets are wiped by whoever asked for it. */
export interface OpenAccount {
  readonly accountId: AccountId;
  readonly username: string;
  readonly serverId: Uint8Array;
  readonly secrets: AccountSecrets;
  readonly slots: readonly VaultSlotPublic[];
  readonly chain: VerifiedChain;
  readonly entries: readonly ChainEntry[];
}

/** Of what is signed for a recovery or by a passkey. */
const nonceSizeBytes = 32;
const serverIdSizeBytes = 16;

/**
 * Fetches and opens the vault with the password, the recovery code or a passkey (which needs no name). `keysInvalid`: what the server gave is not the
 * account's, is an older vault than the chain names, or does not open. `before`: what the chain has to continue.
 */
export async function openAccount(
  platform: Platform,
  name: string,
  secret: AccountSecret,
  before: VerifiedChain | null = null,
): Promise<Outcome<OpenAccount, OpenProblem>> {
  const { provider, transport } = platform;
  const server = await callSignIn(transport, signInMethods.describeServer, {});
  if (server.kind !== 'answer') return problem(openProblemOf(server));
  const { serverId } = server.value;
  const fetched = await fetchAccount(platform, name, serverId, secret);
  if (fetched.kind === 'problem') return fetched;
  const { accountId, username, key, vault, entries } = fetched.value;
  const opened = await openVault(provider, accountId, vault, key);
  wipeKey(key);
  if (opened.kind === 'refused') return problem({ kind: 'keysInvalid' });
  const { secrets, slots } = opened;
  // The vault's identity key, not the server, says which chain is the account's; and the chain which vault is newest.
  const identityKey = (await provider.ed25519.importKey(secrets.identitySeed)).publicKey;
  const chain = await verifyChain(provider, entries, {
    accountId,
    identityKey,
    ...(before === null ? {} : { pinned: before }),
  });
  if (chain.kind === 'refused' || chain.vaultHash.toHex() !== vaultHash(provider, vault).toHex()) {
    wipeSecrets(secrets);
    return problem({ kind: 'keysInvalid' });
  }
  return { kind: 'ok', value: { accountId, username, serverId, secrets, slots, chain, entries } };
}

interface Fetched {
  readonly accountId: AccountId;
  readonly username: string;
  readonly key: VaultKey;
  readonly vault: Vault;
  readonly entries: readonly ChainEntry[];
}

async function fetchAccount(
  platform: Platform,
  name: string,
  serverId: Uint8Array,
  secret: AccountSecret,
): Promise<Outcome<Fetched, OpenProblem>> {
  if (secret.kind === 'passkey') return logInByPasskey(platform, serverId, secret);
  const username = normalizeUsername(name);
  if (username === null) return problem({ kind: 'malformedUsername' });
  return secret.kind === 'password'
    ? logIn(platform, username, secret.password)
    : recover(platform, username, serverId, secret.code);
}

async function logIn(
  { transport }: Platform,
  username: string,
  password: string,
): Promise<Outcome<Fetched, OpenProblem>> {
  const opaque = await startLogin(password);
  const started = await callSignIn(transport, signInMethods.startLogin, {
    username,
    loginRequest: opaque.request,
  });
  if (started.kind !== 'answer') return problem(openProblemOf(started));
  const accountId = idFromBytes<AccountId>(started.value.accountId);
  if (accountId === null) return problem({ kind: 'refused', code: 'malformed' });
  const login = await finishLogin(password, opaque.state, started.value.loginResponse, accountId);
  if (login === null) return problem({ kind: 'wrongPassword' });
  const finished = await callSignIn(transport, signInMethods.finishLogin, {
    loginId: started.value.loginId,
    loginFinish: login.finish,
  });
  if (finished.kind !== 'answer') return problem(openProblemOf(finished));
  const { vault, chain: entries } = finished.value;
  if (vault === undefined) return problem({ kind: 'keysInvalid' });
  return {
    kind: 'ok',
    value: { accountId, username, key: { kind: 'password', exportKey: login.exportKey }, vault, entries },
  };
}

async function recover(
  { provider, transport }: Platform,
  username: string,
  serverId: Uint8Array,
  code: string,
): Promise<Outcome<Fetched, OpenProblem>> {
  const recoverySecret = parseRecoveryCode(provider, code);
  if (recoverySecret === null) return problem({ kind: 'malformedRecoveryCode' });
  const started = await callSignIn(transport, signInMethods.startRecovery, { username });
  if (started.kind !== 'answer') return problem(openProblemOf(started));
  const { nonce, recoveryId } = started.value;
  const accountId = idFromBytes<AccountId>(started.value.accountId);
  const isSound = nonce.length === nonceSizeBytes && serverId.length === serverIdSizeBytes;
  if (accountId === null || !isSound) return problem({ kind: 'refused', code: 'malformed' });
  const signer = await recoveryKey(provider, accountId, recoverySecret);
  const finished = await callSignIn(transport, signInMethods.finishRecovery, {
    recoveryId,
    signature: await signRecovery(signer, serverId, nonce, accountId),
  });
  if (finished.kind !== 'answer') return problem(openProblemOf(finished));
  const { vault, chain: entries } = finished.value;
  if (vault === undefined) return problem({ kind: 'keysInvalid' });
  const key = { kind: 'recovery', recoverySecret } as const;
  return { kind: 'ok', value: { accountId, username, key, vault, entries } };
}

async function logInByPasskey(
  { provider, transport }: Platform,
  serverId: Uint8Array,
  { accountId, credentialId, prfOutput }: PasskeySecret,
): Promise<Outcome<Fetched, OpenProblem>> {
  const passkeyId = passkeyIdOf(provider, credentialId);
  const started = await callSignIn(transport, signInMethods.startPasskeyLogin, {
    accountId: idToBytes(accountId),
    passkeyId: idToBytes(passkeyId),
  });
  if (started.kind !== 'answer') return problem(openProblemOf(started));
  const { nonce, loginId } = started.value;
  const isSound = nonce.length === nonceSizeBytes && serverId.length === serverIdSizeBytes;
  if (!isSound) return problem({ kind: 'refused', code: 'malformed' });
  const signer = await passkeyKey(provider, accountId, prfOutput);
  const finished = await callSignIn(transport, signInMethods.finishPasskeyLogin, {
    loginId,
    signature: await signPasskeyLogin(signer, serverId, nonce, accountId, passkeyId),
  });
  if (finished.kind !== 'answer') return problem(openProblemOf(finished));
  const { vault, chain: entries, username } = finished.value;
  if (vault === undefined || normalizeUsername(username) !== username)
    return problem({ kind: 'keysInvalid' });
  // The secret itself stays for the test that comes after a change.
  const key = { kind: 'passkey', passkeyId, prfOutput: prfOutput.slice() } as const;
  return { kind: 'ok', value: { accountId, username, key, vault, entries } };
}

function wipeKey(key: VaultKey): void {
  switch (key.kind) {
    case 'password':
      key.exportKey.fill(0);
      return;
    case 'recovery':
      key.recoverySecret.fill(0);
      return;
    case 'passkey':
      key.prfOutput.fill(0);
  }
}

type Failed = { readonly kind: 'error'; readonly error: WireError } | { readonly kind: 'unreachable' };

export function openProblemOf(failed: Failed): OpenProblem {
  if (failed.kind === 'error') {
    switch (failed.error.code) {
      case 'unknown_account':
        return { kind: 'unknownAccount' };
      case 'username_malformed':
        return { kind: 'malformedUsername' };
      case 'wrong_password':
        return { kind: 'wrongPassword' };
      case 'wrong_recovery_code':
        return { kind: 'wrongRecoveryCode' };
      case 'wrong_passkey':
        return { kind: 'wrongPasskey' };
      case 'rate_limited':
        return { kind: 'tooManyTries', retryAfterMs: failed.error.retryAfterMs ?? 0 };
      default:
        break;
    }
  }
  return serverProblem(failed);
}

export function serverProblem(failed: Failed): ServerProblem {
  return failed.kind === 'error' ? { kind: 'refused', code: failed.error.code } : { kind: 'offline' };
}

function problem(value: OpenProblem): { readonly kind: 'problem'; readonly problem: OpenProblem } {
  return { kind: 'problem', problem: value };
}
