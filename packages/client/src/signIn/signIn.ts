import { extendChain, lockKey, type VerifiedChain, verifyChain, wipeSecrets } from '@sotto/crypto';
import { type AccountId, type ChainEntry, idToBytes, limits } from '@sotto/protocol';
import type { AccountSecret, Outcome, SignInProblem } from '../api.ts';
import type { ClientDatabase, DeviceLabel, Platform } from '../ports.ts';
import {
  confirmEnrolment,
  createNewDevice,
  grantDevice,
  type NewDevice,
  storeEnrolment,
} from './enrolment.ts';
import { type OpenAccount, openAccount, openProblemOf } from './openAccount.ts';
import { callSignIn, signInMethods } from './signInCall.ts';

/** `resumed`: the device that was signed out here is in use again, so the database is another than before. */
export type SignedIn = 'added' | 'resumed';

/** A request whose answer is lost is repeated: the server takes a repetition of its newest entry. */
const tries = 3;
/** Where other devices change what opens the account at the same time, it is opened anew so often. */
const rounds = 5;

/**
 * Signs in with what opens the account: resumes the device that was signed out on this platform where its lock opens and the
 * chain still lists it, else adds a new device to the account's chain. Where there is a problem, the caller
 * discards the database if it holds an enrolment.
 */
export async function signIn(
  platform: Platform,
  database: ClientDatabase,
  username: string,
  secret: AccountSecret,
): Promise<Outcome<SignedIn, SignInProblem>> {
  let stale: StaleEnrolment | null = null;
  for (let round = 1; ; round++) {
    const opened = await openAccount(platform, username, secret, stale?.chain ?? null);
    if (opened.kind === 'problem') return opened;
    const account = opened.value;
    try {
      if (stale === null && (await resume(platform, account))) return { kind: 'ok', value: 'resumed' };
      const device: NewDevice = stale?.device ?? (await createNewDevice(platform.provider));
      const added = await addDevice(platform, database, account, device);
      if (added.kind !== 'stale') return added;
      if (round === rounds) return problem({ kind: 'refused', code: 'chain_stale' });
      stale = { device, chain: account.chain };
    } finally {
      wipeSecrets(account.secrets);
    }
  }
}

/** What opens the account has changed meanwhile: the same device is added, to a chain that continues what was read. */
interface StaleEnrolment {
  readonly device: NewDevice;
  readonly chain: VerifiedChain;
}

async function resume(platform: Platform, { chain, secrets }: OpenAccount): Promise<boolean> {
  const locked: readonly DeviceLabel[] = await platform.databases.locked();
  for (const { accountId, deviceId } of locked) {
    if (accountId !== chain.accountId || !chain.devices.has(deviceId)) continue;
    const key = lockKey(platform.provider, secrets.lockRoot, deviceId);
    const isOpen = await platform.databases.unlock(deviceId, key);
    key.fill(0);
    if (isOpen) return true;
  }
  return false;
}

async function addDevice(
  platform: Platform,
  database: ClientDatabase,
  account: OpenAccount,
  device: NewDevice,
): Promise<Outcome<SignedIn, SignInProblem> | { readonly kind: 'stale' }> {
  const { provider, clock } = platform;
  const { accountId, secrets } = account;
  const { deviceId } = device.keys;
  let { chain, entries } = account;
  for (let round = 1; !chain.devices.has(deviceId); round++) {
    const extended = await extendChain(provider, {
      identitySeed: secrets.identitySeed,
      chain,
      change: { kind: 'addDevice', device: device.chainDevice },
      nowMs: clock.now(),
    });
    if (extended.kind === 'refused') return problem({ kind: 'refused', code: 'too_many' });
    await storeEnrolment(database, {
      ...account,
      grant: await grantDevice(provider, secrets, extended.chain, deviceId),
      device,
      chain: extended.chain,
      entries: [...entries, extended.entry],
    });
    const sent = await send(platform, accountId, extended.entry);
    if (sent.kind === 'problem') return isStale(sent.problem) ? { kind: 'stale' } : sent;
    if (sent.value.length === 0) {
      await confirmEnrolment(database);
      return { kind: 'ok', value: 'added' };
    }
    // Other devices came first. What the vault holds is still right where they only came.
    const newer = await verifyChain(provider, sent.value, { accountId, after: chain });
    const isSameVault = newer.kind === 'verifiedChain' && newer.vaultHash.toHex() === chain.vaultHash.toHex();
    if (!isSameVault || round === limits.devicesPerAccount) return { kind: 'stale' };
    chain = newer;
    entries = [...entries, ...sent.value];
  }
  // An earlier try came to be, its answer lost, and the chain went on since.
  const grant = await grantDevice(provider, secrets, chain, deviceId);
  await storeEnrolment(database, { ...account, chain, entries, grant, device });
  await confirmEnrolment(database);
  return { kind: 'ok', value: 'added' };
}

/** Gives the entries that stand where this one would have: none where it was taken. */
async function send(
  { transport }: Platform,
  accountId: AccountId,
  chainEntry: ChainEntry,
): Promise<Outcome<readonly ChainEntry[], SignInProblem>> {
  for (let attempt = 1; ; attempt++) {
    const added = await callSignIn(transport, signInMethods.addDevice, {
      accountId: idToBytes(accountId),
      chainEntry,
      wantsNewer: true,
    });
    if (added.kind === 'answer') return { kind: 'ok', value: added.value.newer };
    if (added.kind === 'error' || attempt === tries) return problem(openProblemOf(added));
  }
}

function isStale(value: SignInProblem): boolean {
  return value.kind === 'refused' && value.code === 'chain_stale';
}

function problem(value: SignInProblem): { readonly kind: 'problem'; readonly problem: SignInProblem } {
  return { kind: 'problem', problem: value };
}
