/**
 * Changes to what opens the account (spec/accounts.md, "Changing an account"): a new password, a new recovery code, a
 * passkey more or less, a device taken away. Invariant: each is one request that the server carries out whole or not at all, and success is
 * told only after the account was opened anew with what was set.
 */
import {
  createSlotKey,
  extendChain,
  finishRegistration,
  lockKey,
  parseRecoveryCode,
  passkeyIdOf,
  passkeyKey,
  recoveryKey,
  renewHistoryKey,
  sealDeviceSecrets,
  sealPasskeyLabel,
  sealVault,
  startRegistration,
  type VaultSlotPublic,
  type VerifiedChain,
  vaultHash,
  wipeSecrets,
} from '@sotto/crypto';
import { type DeviceId, idToBytes, limits, type PasskeyId, VaultSlotKind } from '@sotto/protocol';
import type { AccountProblem, AccountSecret, NewPasskey, Outcome } from '../api.ts';
import type { Platform } from '../ports.ts';
import { type OpenAccount, openAccount, openProblemOf } from '../signIn/openAccount.ts';
import { callSignIn, signInMethods } from '../signIn/signInCall.ts';

/** A request whose answer is lost is repeated: the server takes a repetition of its newest entry. */
const tries = 3;
/** How often another change may come in between before giving up. */
const rounds = 5;
const prfOutputSizeBytes = 32;

export interface Who {
  readonly username: string;
  /** The device that does it, if it is signed in: one that was removed meanwhile must not go on. */
  readonly deviceId: DeviceId | null;
  /** The account's chain as that device knows it: what the server gives must continue it. */
  readonly before: VerifiedChain | null;
}

/** A new password, with the old one or with the recovery code, tested. */
export async function changePassword(
  platform: Platform,
  who: Who,
  secret: AccountSecret,
  newPassword: string,
): Promise<Outcome<null, AccountProblem>> {
  const changed = await setPassword(platform, who, secret, newPassword);
  if (changed.kind === 'problem') return changed;
  return confirm(platform, who, { kind: 'password', password: newPassword }, changed.value);
}

/** The same without the test, for who signs in with it right away. */
export async function setPassword(
  platform: Platform,
  who: Who,
  secret: AccountSecret,
  newPassword: string,
): Promise<Outcome<VerifiedChain, AccountProblem>> {
  const { min, max } = limits.passwordLength;
  const length = [...newPassword].length;
  if (length < min) return problem({ kind: 'passwordTooShort', limit: min });
  if (length > max) return problem({ kind: 'passwordTooLong', limit: max });
  return change(platform, who, secret, async (account) => {
    const { accountId } = account;
    const opaque = await startRegistration(newPassword);
    const started = await callSignIn(platform.transport, signInMethods.startPasswordChange, {
      accountId: idToBytes(accountId),
      registrationRequest: opaque.request,
    });
    if (started.kind !== 'answer') return problem(openProblemOf(started));
    const { registrationResponse } = started.value;
    const finished = await finishRegistration(newPassword, opaque.state, registrationResponse, accountId);
    if (finished === null) return problem({ kind: 'refused', code: 'malformed' });
    const { exportKey, record } = finished;
    const slot = await createSlotKey(platform.provider, accountId, { kind: 'password', exportKey });
    exportKey.fill(0);
    return {
      kind: 'ok',
      value: {
        ...nothingElse(account),
        slots: withSlot(account.slots, slot),
        operation: { kind: secret.kind === 'recoveryCode' ? 'recover' : 'changePassword' },
        registrationRecord: record,
      },
    };
  });
}

/** `code` opens the account from now on, and the one before no longer does. */
export async function replaceRecoveryCode(
  platform: Platform,
  who: Who,
  secret: AccountSecret,
  code: string,
): Promise<Outcome<null, AccountProblem>> {
  const { provider } = platform;
  const recoverySecret = parseRecoveryCode(provider, code);
  if (recoverySecret === null) return problem({ kind: 'malformedRecoveryCode' });
  const changed = await change(platform, who, secret, async (account) => {
    const slot = await createSlotKey(provider, account.accountId, { kind: 'recovery', recoverySecret });
    const signer = await recoveryKey(provider, account.accountId, recoverySecret);
    return {
      kind: 'ok',
      value: {
        ...nothingElse(account),
        slots: withSlot(account.slots, slot),
        operation: { kind: 'changeRecoveryCode' },
        recoveryKey: signer.publicKey,
      },
    };
  });
  recoverySecret.fill(0);
  if (changed.kind === 'problem') return changed;
  return confirm(platform, who, { kind: 'recoveryCode', code }, changed.value);
}

/** Takes a device out of the account; a new history key, so that nothing that comes is deposited for it. */
export async function removeDevice(
  platform: Platform,
  who: Who,
  secret: AccountSecret,
  deviceId: DeviceId,
): Promise<Outcome<null, AccountProblem>> {
  const { provider } = platform;
  const changed = await change(platform, who, secret, async (account) => {
    if (!account.chain.devices.has(deviceId)) return problem({ kind: 'unknownDevice' });
    const { secrets, historyPublicKey } = await renewHistoryKey(provider, account.secrets);
    const chainSeq = account.chain.seq + 1;
    const staying = [...account.chain.devices.keys()].filter((id) => id !== deviceId);
    return {
      kind: 'ok',
      value: {
        ...nothingElse(account),
        secrets,
        operation: { kind: 'removeDevice', deviceId, historyPublicKey },
        deliveries: staying.map((id) => {
          const key = lockKey(provider, secrets.lockRoot, id);
          const sealed = sealDeviceSecrets(provider, key, chainSeq, secrets.historyPrivateKey);
          key.fill(0);
          return { deviceId: idToBytes(id), sealed };
        }),
      },
    };
  });
  if (changed.kind === 'problem') return changed;
  return confirm(platform, who, secret, changed.value);
}

/** Lets a passkey open the account and sign in to it; tested with what the passkey gave. */
export async function addPasskey(
  platform: Platform,
  who: Who,
  secret: AccountSecret,
  passkey: NewPasskey,
): Promise<Outcome<null, AccountProblem>> {
  const { provider } = platform;
  const { credentialId, prfOutput } = passkey;
  const name = passkey.name.trim().slice(0, limits.deviceNameLength);
  const passkeyId = passkeyIdOf(provider, credentialId);
  const isSound = credentialId.length > 0 && credentialId.length <= limits.credentialIdSizeBytes;
  if (!isSound || prfOutput.length !== prfOutputSizeBytes) return problem({ kind: 'wrongPasskey' });
  const changed = await change(platform, who, secret, async (account) => {
    const { accountId } = account;
    if (account.chain.passkeys.has(passkeyId)) return problem({ kind: 'knownPasskey' });
    const limit = limits.passkeysPerAccount;
    if (account.chain.passkeys.size >= limit) return problem({ kind: 'tooManyPasskeys', limit });
    const slot = await createSlotKey(provider, accountId, { kind: 'passkey', passkeyId, prfOutput });
    const { publicKey } = await passkeyKey(provider, accountId, prfOutput);
    const label = sealPasskeyLabel(provider, account.secrets.historyPrivateKey, accountId, passkeyId, {
      name,
      credentialId,
    });
    return {
      kind: 'ok',
      value: {
        ...nothingElse(account),
        slots: withSlot(account.slots, slot),
        operation: { kind: 'addPasskey', passkeyId },
        passkey: { publicKey, label },
      },
    };
  });
  if (changed.kind === 'problem') return changed;
  const { accountId } = changed.value;
  return confirm(platform, who, { kind: 'passkey', accountId, credentialId, prfOutput }, changed.value);
}

/** The passkey opens nothing from now on. */
export async function removePasskey(
  platform: Platform,
  who: Who,
  secret: AccountSecret,
  passkeyId: PasskeyId,
): Promise<Outcome<null, AccountProblem>> {
  const changed = await change(platform, who, secret, async (account) => {
    if (!account.chain.passkeys.has(passkeyId)) return problem({ kind: 'unknownPasskey' });
    return {
      kind: 'ok',
      value: {
        ...nothingElse(account),
        slots: account.slots.filter((slot) => slot.passkeyId !== passkeyId),
        operation: { kind: 'removePasskey', passkeyId },
      },
    };
  });
  if (changed.kind === 'problem') return changed;
  const isItself =
    secret.kind === 'passkey' && passkeyIdOf(platform.provider, secret.credentialId) === passkeyId;
  if (!isItself) return confirm(platform, who, secret, changed.value);
  // Confirmed by the passkey that goes: it must open nothing now.
  const opened = await openAccount(platform, who.username, secret);
  if (opened.kind === 'ok') wipeSecrets(opened.value.secrets);
  else if (opened.problem.kind === 'wrongPasskey') return { kind: 'ok', value: null };
  else if (opened.problem.kind === 'offline') return opened;
  return problem({ kind: 'unconfirmed' });
}

interface Change {
  readonly secrets: OpenAccount['secrets'];
  readonly slots: readonly VaultSlotPublic[];
  readonly operation:
    | { readonly kind: 'changePassword' | 'recover' | 'changeRecoveryCode' }
    | { readonly kind: 'addPasskey' | 'removePasskey'; readonly passkeyId: PasskeyId }
    | {
        readonly kind: 'removeDevice';
        readonly deviceId: DeviceId;
        readonly historyPublicKey: Uint8Array;
      };
  readonly registrationRecord: string;
  readonly recoveryKey: Uint8Array;
  readonly deliveries: readonly { deviceId: Uint8Array; sealed: Uint8Array }[];
  readonly passkey?: { readonly publicKey: Uint8Array; readonly label: Uint8Array };
}

function nothingElse(account: OpenAccount) {
  const { secrets, slots } = account;
  return { secrets, slots, registrationRecord: '', recoveryKey: new Uint8Array(0), deliveries: [] };
}

function withSlot(slots: readonly VaultSlotPublic[], slot: VaultSlotPublic): VaultSlotPublic[] {
  return [...slots.filter(({ kind, passkeyId }) => kind !== slot.kind || passkeyId !== slot.passkeyId), slot];
}

/** Opens the account, makes the change and has it carried out; anew where another one came in between. */
async function change(
  platform: Platform,
  who: Who,
  secret: AccountSecret,
  make: (account: OpenAccount) => Promise<Outcome<Change, AccountProblem>>,
): Promise<Outcome<VerifiedChain, AccountProblem>> {
  for (let round = 1; ; round++) {
    const isOthers =
      secret.kind === 'passkey' && who.before !== null && secret.accountId !== who.before.accountId;
    if (isOthers) return problem({ kind: 'wrongPasskey' });
    const opened = await openAccount(platform, who.username, secret, who.before);
    if (opened.kind === 'problem') return opened;
    const account = opened.value;
    try {
      if (who.deviceId !== null && !account.chain.devices.has(who.deviceId)) {
        return problem({ kind: 'deviceRemoved' });
      }
      const made = await make(account);
      if (made.kind === 'problem') return made;
      const sent = await send(platform, account, made.value);
      if (made.value.secrets !== account.secrets) wipeSecrets(made.value.secrets);
      if (sent.kind === 'ok') return sent;
      const isStale = sent.problem.kind === 'refused' && sent.problem.code === 'chain_stale';
      if (!isStale || round === rounds) return sent;
    } finally {
      wipeSecrets(account.secrets);
    }
  }
}

/** Gives the chain with the change in it. */
async function send(
  { provider, transport, clock }: Platform,
  account: OpenAccount,
  made: Change,
): Promise<Outcome<VerifiedChain, AccountProblem>> {
  const { accountId, chain } = account;
  const vault = await sealVault(provider, accountId, made.secrets, listedSlots(made, chain));
  const extended = await extendChain(provider, {
    identitySeed: account.secrets.identitySeed,
    chain,
    change: { ...made.operation, vaultHash: vaultHash(provider, vault) },
    nowMs: clock.now(),
  });
  if (extended.kind === 'refused') return problem({ kind: 'refused', code: 'too_many' });
  const chainSeq = BigInt(extended.chain.seq);
  for (let attempt = 1; ; attempt++) {
    const answer = await callSignIn(transport, signInMethods.changeAccount, {
      accountId: idToBytes(accountId),
      chainEntry: extended.entry,
      vault,
      registrationRecord: made.registrationRecord,
      recoveryKey: made.recoveryKey,
      deliveries: made.deliveries.map((delivery) => ({ ...delivery, chainSeq })),
      ...(made.passkey === undefined ? {} : { passkey: made.passkey }),
    });
    if (answer.kind === 'answer') return { kind: 'ok', value: extended.chain };
    if (answer.kind === 'error' || attempt === tries) return problem(openProblemOf(answer));
  }
}

/** Without slots of passkeys that the chain, and so the security log, does not show. */
function listedSlots({ slots, operation }: Change, chain: VerifiedChain): readonly VaultSlotPublic[] {
  const added = operation.kind === 'addPasskey' ? operation.passkeyId : null;
  return slots.filter(
    ({ kind, passkeyId }) =>
      kind !== VaultSlotKind.PASSKEY ||
      (passkeyId !== null && (passkeyId === added || chain.passkeys.has(passkeyId))),
  );
}

/** The test: the account as the server has it now opens with this, and its chain has the entry. */
async function confirm(
  platform: Platform,
  who: Who,
  secret: AccountSecret,
  made: VerifiedChain,
): Promise<Outcome<null, AccountProblem>> {
  const opened = await openAccount(platform, who.username, secret);
  if (opened.kind === 'problem') {
    return opened.problem.kind === 'offline' ? opened : problem({ kind: 'unconfirmed' });
  }
  const { secrets, chain } = opened.value;
  wipeSecrets(secrets);
  const isThere = chain.hashes[made.seq]?.toHex() === made.hash.toHex();
  return isThere ? { kind: 'ok', value: null } : problem({ kind: 'unconfirmed' });
}

function problem(value: AccountProblem): { readonly kind: 'problem'; readonly problem: AccountProblem } {
  return { kind: 'problem', problem: value };
}
