/**
 * Starting over (spec/accounts.md, "Starting over"): an account of new keys takes the place of one that nobody can
 * open. Invariant: the replaced account is closed and the new one begun in one request, and success is told only after
 * the new account was opened with what was set.
 */
import {
  createAccountSecrets,
  createChain,
  createVault,
  finishRegistration,
  generateRecoveryCode,
  recoveryKey,
  signReset,
  startRegistration,
  type VerifiedChain,
  vaultHash,
  wipeSecrets,
} from '@sotto/crypto';
import {
  type AccountId,
  type ChainEntry,
  type FinishResetRequest,
  idFromBytes,
  idToBytes,
  limits,
  type WireError,
} from '@sotto/protocol';
import type { AccountSecret, Outcome, ResetProblem, ResetView } from '../api.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Platform, ServerTransport } from '../ports.ts';
import { createNewDevice, type Enrolment, grantDevice } from './enrolment.ts';
import { openAccount, serverProblem } from './openAccount.ts';
import { callSignIn, signInMethods } from './signInCall.ts';

/** A request whose answer is lost is repeated: the server takes a repetition of the same reset. */
const tries = 3;
const tokenSizeBytes = 16;

/** Whose place is taken, and by what right. */
export interface ResetRight {
  readonly replacedId: AccountId;
  readonly username: string;
  readonly permit: (serverId: Uint8Array, entry: ChainEntry) => Promise<FinishResetRequest['permission']>;
}

/** The right of a signed-in device of the account. */
export function rightOfDevice({ provider, self }: DeviceContext, username: string): ResetRight {
  const { accountId, deviceId } = self;
  return {
    replacedId: accountId,
    username,
    permit: async (serverId, entry) => {
      const signature = await signReset(provider, self, serverId, entry);
      const value = {
        $typeName: 'sotto.v1.DevicePermission' as const,
        deviceId: idToBytes(deviceId),
        signature,
      };
      return { case: 'device', value };
    },
  };
}

/** The right that the operator gave by a link (its text after `#reset=`). */
export async function rightOfLink(
  transport: ServerTransport,
  text: string,
): Promise<Outcome<ResetRight, ResetProblem>> {
  const resetToken = tokenOf(text);
  if (resetToken === null) return problem({ kind: 'invalidResetLink' });
  const found = await callSignIn(transport, signInMethods.resolveReset, { resetToken });
  if (found.kind !== 'answer') return problem(problemOf(found));
  const replacedId = idFromBytes<AccountId>(found.value.accountId);
  if (replacedId === null) return problem({ kind: 'refused', code: 'malformed' });
  const { username } = found.value;
  const permit = async () => ({ case: 'resetToken', value: resetToken }) as const;
  return { kind: 'ok', value: { replacedId, username, permit } };
}

/** Whom a link of the operator lets start over. */
export async function resolveReset(
  transport: ServerTransport,
  text: string,
): Promise<Outcome<ResetView, ResetProblem>> {
  const right = await rightOfLink(transport, text);
  return right.kind === 'problem' ? right : { kind: 'ok', value: { username: right.value.username } };
}

export interface MadeReset {
  readonly enrolment: Enrolment;
  readonly recoveryCode: string;
  /** The account was opened with the new password and with the recovery code. */
  readonly isTested: boolean;
}

/**
 * Makes the new account and has it take the place. `store`: called with its first device before the server is told
 * of it, where there is a place for that already.
 */
export async function resetIdentity(
  platform: Platform,
  right: ResetRight,
  newPassword: string,
  store: (enrolment: Enrolment) => Promise<void>,
): Promise<Outcome<MadeReset, ResetProblem>> {
  const { provider, transport, clock } = platform;
  const { replacedId, username } = right;
  const { min, max } = limits.passwordLength;
  const length = [...newPassword].length;
  if (length < min) return problem({ kind: 'passwordTooShort', limit: min });
  if (length > max) return problem({ kind: 'passwordTooLong', limit: max });
  const server = await callSignIn(transport, signInMethods.describeServer, {});
  if (server.kind !== 'answer') return problem(serverProblem(server));
  const { serverId } = server.value;
  const accountId = provider.randomBytes(16).toHex() as AccountId;
  const opaque = await startRegistration(newPassword);
  const started = await callSignIn(transport, signInMethods.startReset, {
    accountId: idToBytes(accountId),
    replacedAccountId: idToBytes(replacedId),
    registrationRequest: opaque.request,
  });
  if (started.kind !== 'answer') return problem(problemOf(started));
  const { registrationResponse } = started.value;
  const finished = await finishRegistration(newPassword, opaque.state, registrationResponse, accountId);
  if (finished === null) return problem({ kind: 'refused', code: 'malformed' });

  const { secrets, historyPublicKey } = await createAccountSecrets(provider);
  const recovery = generateRecoveryCode(provider);
  try {
    const keys = { exportKey: finished.exportKey, recoverySecret: recovery.secret };
    const vault = await createVault(provider, accountId, secrets, keys);
    const signer = await recoveryKey(provider, accountId, recovery.secret);
    const device = await createNewDevice(provider);
    const { chain, entry } = await createChain(provider, {
      accountId,
      identitySeed: secrets.identitySeed,
      historyPublicKey,
      device: device.chainDevice,
      vaultHash: vaultHash(provider, vault),
      replacedAccountId: replacedId,
      nowMs: clock.now(),
    });
    const granted = await grantDevice(provider, secrets, chain, device.keys.deviceId);
    // The secrets are wiped before it is stored.
    const grant = { ...granted, historyPrivateKeys: granted.historyPrivateKeys.map((key) => key.slice()) };
    const enrolment = { device, username, serverId, grant, chain, entries: [entry] };
    await store(enrolment);
    const request = {
      accountId: idToBytes(accountId),
      replacedAccountId: idToBytes(replacedId),
      registrationRecord: finished.record,
      vault,
      chainEntry: entry,
      recoveryKey: signer.publicKey,
      permission: await right.permit(serverId, entry),
    };
    for (let attempt = 1; ; attempt++) {
      const answer = await callSignIn(transport, signInMethods.finishReset, request);
      if (answer.kind === 'answer') break;
      if (answer.kind === 'error' || attempt === tries) return problem(problemOf(answer));
    }
    const isTested = await test(platform, username, chain, [
      { kind: 'password', password: newPassword },
      { kind: 'recoveryCode', code: recovery.text },
    ]);
    return { kind: 'ok', value: { enrolment, recoveryCode: recovery.text, isTested } };
  } finally {
    wipeSecrets(secrets);
    finished.exportKey.fill(0);
    recovery.secret.fill(0);
  }
}

/** Whether the account, as the server has it now, opens with each of these and is the one that was made. */
async function test(
  platform: Platform,
  username: string,
  made: VerifiedChain,
  secrets: readonly AccountSecret[],
): Promise<boolean> {
  for (const secret of secrets) {
    const opened = await openAccount(platform, username, secret);
    if (opened.kind === 'problem') return false;
    wipeSecrets(opened.value.secrets);
    if (opened.value.chain.hashes[0]?.toHex() !== made.hash.toHex()) return false;
  }
  return true;
}

function tokenOf(text: string): Uint8Array | null {
  try {
    const token = Uint8Array.fromBase64(text, { alphabet: 'base64url' });
    return token.length === tokenSizeBytes ? token : null;
  } catch {
    return null;
  }
}

type Failed = { readonly kind: 'error'; readonly error: WireError } | { readonly kind: 'unreachable' };

function problemOf(failed: Failed): ResetProblem {
  if (failed.kind === 'error') {
    switch (failed.error.code) {
      case 'reset_refused':
        return { kind: 'invalidResetLink' };
      case 'account_closed':
        return { kind: 'accountClosed' };
      case 'rate_limited':
        return { kind: 'tooManyTries', retryAfterMs: failed.error.retryAfterMs ?? 0 };
      default:
        break;
    }
  }
  return serverProblem(failed);
}

function problem(value: ResetProblem): { readonly kind: 'problem'; readonly problem: ResetProblem } {
  return { kind: 'problem', problem: value };
}
