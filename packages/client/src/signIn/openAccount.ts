import {
  type AccountSecrets,
  finishLogin,
  openVault,
  parseRecoveryCode,
  recoveryKey,
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
  normalizeUsername,
  type Vault,
  type WireError,
} from '@sotto/protocol';
import type { AccountSecret, OpenProblem, Outcome, ServerProblem } from '../api.ts';
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

/** Of what is signed for a recovery. */
const nonceSizeBytes = 32;
const serverIdSizeBytes = 16;

/**
 * Fetches and opens the vault with the password or the recovery code. `keysInvalid`: what the server gave is not the
 * account's, is an older vault than the chain names, or does not open. `before`: what the chain has to continue.
 */
export async function openAccount(
  platform: Platform,
  name: string,
  secret: AccountSecret,
  before: VerifiedChain | null = null,
): Promise<Outcome<OpenAccount, OpenProblem>> {
  const { provider, transport } = platform;
  const username = normalizeUsername(name);
  if (username === null) return problem({ kind: 'malformedUsername' });
  const server = await callSignIn(transport, signInMethods.describeServer, {});
  if (server.kind !== 'answer') return problem(openProblemOf(server));
  const { serverId } = server.value;
  const fetched =
    secret.kind === 'password'
      ? await logIn(platform, username, secret.password)
      : await recover(platform, username, serverId, secret.code);
  if (fetched.kind === 'problem') return fetched;
  const { accountId, key, vault, entries } = fetched.value;
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
  readonly key: VaultKey;
  readonly vault: Vault;
  readonly entries: readonly ChainEntry[];
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
    value: { accountId, key: { kind: 'password', exportKey: login.exportKey }, vault, entries },
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
  return { kind: 'ok', value: { accountId, key: { kind: 'recovery', recoverySecret }, vault, entries } };
}

function wipeKey(key: VaultKey): void {
  if (key.kind === 'password') key.exportKey.fill(0);
  else key.recoverySecret.fill(0);
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
