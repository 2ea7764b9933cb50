import {
  extendChain,
  finishLogin,
  lockKey,
  openVault,
  startLogin,
  type VerifiedChain,
  verifyChain,
} from '@sotto/crypto';
import {
  type AccountId,
  type ChainEntry,
  idFromBytes,
  idToBytes,
  normalizeUsername,
  type WireError,
} from '@sotto/protocol';
import type { Outcome, SignInProblem, SignInRequest } from '../api.ts';
import type { ClientDatabase, DeviceLabel, Platform } from '../ports.ts';
import { confirmEnrolment, createNewDevice, type NewDevice, storeEnrolment } from './enrolment.ts';
import { serverProblem } from './register.ts';
import { callSignIn, signInMethods } from './signInCall.ts';

/** `resumed`: the device that was signed out here is in use again, so the database is another than before. */
export type SignedIn = 'added' | 'resumed';

/** A request whose answer is lost is repeated: the server takes a repetition of its newest entry. */
const tries = 3;
/** Where other devices of the account change its chain at the same time, it is read and continued anew so often. */
const rounds = 5;

/**
 * Signs in with the password: resumes the device that was signed out on this platform where its lock opens and the
 * chain still lists it, else adds a new device to the account's chain. Where there is a problem, the caller
 * discards the database if it holds an enrolment.
 */
export async function signIn(
  platform: Platform,
  database: ClientDatabase,
  request: SignInRequest,
): Promise<Outcome<SignedIn, SignInProblem>> {
  const { transport } = platform;
  const username = normalizeUsername(request.username);
  if (username === null) return problem({ kind: 'malformedUsername' });
  const server = await callSignIn(transport, signInMethods.describeServer, {});
  if (server.kind !== 'answer') return problem(problemOf(server));
  const { serverId } = server.value;
  let stale: StaleEnrolment | null = null;
  for (let round = 1; ; round++) {
    const account = await openAccount(platform, username, request.password, stale?.chain ?? null);
    if (account.kind === 'problem') return account;
    try {
      if (stale === null && (await resume(platform, account.chain, account.rootKey))) {
        return { kind: 'ok', value: 'resumed' };
      }
      const device: NewDevice = stale?.device ?? (await createNewDevice(platform.provider));
      const added = await addDevice(platform, database, { ...account, username, serverId }, device);
      if (added.kind !== 'stale') return added;
      if (round === rounds) return problem({ kind: 'refused', code: 'chain_stale' });
      stale = { device, chain: account.chain };
    } finally {
      account.identitySeed.fill(0);
      account.rootKey.fill(0);
    }
  }
}

/** The chain has grown meanwhile: the same device is added again, to a chain that continues what was read. */
interface StaleEnrolment {
  readonly device: NewDevice;
  readonly chain: VerifiedChain;
}

/** What the password opened. Secret: `identitySeed`, `rootKey`. */
interface OpenedAccount {
  readonly kind: 'opened';
  readonly identitySeed: Uint8Array;
  readonly rootKey: Uint8Array;
  readonly chain: VerifiedChain;
  readonly entries: readonly ChainEntry[];
}

/** Signs in at the server and opens the vault. `before`: what the chain has to continue. */
async function openAccount(
  { provider, transport }: Platform,
  username: string,
  password: string,
  before: VerifiedChain | null,
): Promise<OpenedAccount | ReturnType<typeof problem>> {
  const opaque = await startLogin(password);
  const started = await callSignIn(transport, signInMethods.startLogin, {
    username,
    loginRequest: opaque.request,
  });
  if (started.kind !== 'answer') return problem(problemOf(started));
  const accountId = idFromBytes<AccountId>(started.value.accountId);
  if (accountId === null) return problem({ kind: 'refused', code: 'malformed' });
  const login = await finishLogin(password, opaque.state, started.value.loginResponse, accountId);
  if (login === null) return problem({ kind: 'wrongPassword' });
  const finished = await callSignIn(transport, signInMethods.finishLogin, {
    loginId: started.value.loginId,
    loginFinish: login.finish,
  });
  if (finished.kind !== 'answer') return problem(problemOf(finished));
  const { vault, chain: entries } = finished.value;
  if (vault === undefined) return problem({ kind: 'keysInvalid' });
  const opened = await openVault(provider, accountId, vault, {
    kind: 'password',
    exportKey: login.exportKey,
  });
  login.exportKey.fill(0);
  if (opened.kind === 'refused') return problem({ kind: 'keysInvalid' });
  const { identitySeed, historyPrivateKey } = opened.secrets;
  const { rootKey } = opened;
  historyPrivateKey.fill(0);
  // The vault's identity key, not the server, says which chain is the account's.
  const identityKey = (await provider.ed25519.importKey(identitySeed)).publicKey;
  const chain = await verifyChain(provider, entries, {
    accountId,
    identityKey,
    ...(before === null ? {} : { pinned: before }),
  });
  if (chain.kind === 'refused') {
    identitySeed.fill(0);
    rootKey.fill(0);
    return problem({ kind: 'keysInvalid' });
  }
  return { kind: 'opened', identitySeed, rootKey, chain, entries };
}

async function resume(platform: Platform, chain: VerifiedChain, rootKey: Uint8Array): Promise<boolean> {
  const locked: readonly DeviceLabel[] = await platform.databases.locked();
  for (const { accountId, deviceId } of locked) {
    if (accountId !== chain.accountId || !chain.devices.has(deviceId)) continue;
    const key = lockKey(platform.provider, rootKey, deviceId);
    const isOpen = await platform.databases.unlock(deviceId, key);
    key.fill(0);
    if (isOpen) return true;
  }
  return false;
}

async function addDevice(
  { provider, transport, clock }: Platform,
  database: ClientDatabase,
  account: OpenedAccount & { readonly username: string; readonly serverId: Uint8Array },
  device: NewDevice,
): Promise<Outcome<SignedIn, SignInProblem> | { readonly kind: 'stale' }> {
  if (account.chain.devices.has(device.keys.deviceId)) {
    // An earlier try came to be, its answer lost, and the chain went on since.
    await storeEnrolment(provider, database, { ...account, device });
    await confirmEnrolment(database);
    return { kind: 'ok', value: 'added' };
  }
  const extended = await extendChain(provider, {
    identitySeed: account.identitySeed,
    chain: account.chain,
    change: { kind: 'addDevice', device: device.chainDevice },
    nowMs: clock.now(),
  });
  if (extended.kind === 'refused') return problem({ kind: 'refused', code: 'too_many' });
  await storeEnrolment(provider, database, {
    ...account,
    device,
    chain: extended.chain,
    entries: [...account.entries, extended.entry],
  });
  for (let attempt = 1; ; attempt++) {
    const added = await callSignIn(transport, signInMethods.addDevice, {
      accountId: idToBytes(account.chain.accountId),
      chainEntry: extended.entry,
    });
    if (added.kind === 'answer') break;
    if (added.kind === 'error' && added.error.code === 'chain_stale') return { kind: 'stale' };
    if (added.kind === 'error' || attempt === tries) return problem(problemOf(added));
  }
  await confirmEnrolment(database);
  return { kind: 'ok', value: 'added' };
}

type Failed = { readonly kind: 'error'; readonly error: WireError } | { readonly kind: 'unreachable' };

function problemOf(failed: Failed): SignInProblem {
  if (failed.kind === 'error') {
    switch (failed.error.code) {
      case 'unknown_account':
        return { kind: 'unknownAccount' };
      case 'username_malformed':
        return { kind: 'malformedUsername' };
      case 'wrong_password':
        return { kind: 'wrongPassword' };
      case 'rate_limited':
        return { kind: 'tooManyTries', retryAfterMs: failed.error.retryAfterMs ?? 0 };
      default:
        break;
    }
  }
  return serverProblem(failed);
}

function problem(value: SignInProblem): { readonly kind: 'problem'; readonly problem: SignInProblem } {
  return { kind: 'problem', problem: value };
}
