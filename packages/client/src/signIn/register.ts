import {
  createAccountSecrets,
  createChain,
  createVault,
  finishRegistration,
  generateRecoveryCode,
  recoveryKey,
  startRegistration,
  vaultHash,
  wipeSecrets,
} from '@sotto/crypto';
import { type AccountId, idToBytes, limits, normalizeUsername, type WireError } from '@sotto/protocol';
import type { Outcome, RegisterProblem, RegisterRequest } from '../api.ts';
import { parseInvite } from '../invites/inviteText.ts';
import type { ClientDatabase, Platform } from '../ports.ts';
import { confirmEnrolment, createNewDevice, grantDevice, storeEnrolment } from './enrolment.ts';
import { serverProblem } from './openAccount.ts';
import { callSignIn, signInMethods } from './signInCall.ts';

/** A request whose answer is lost is repeated: the account id is random, so `account_exists` means that it came to be. */
const tries = 3;

/** Creates an account with this device, in an empty database. Where there is a problem, the caller discards it. */
export async function register(
  platform: Platform,
  database: ClientDatabase,
  request: RegisterRequest,
): Promise<Outcome<{ recoveryCode: string }, RegisterProblem>> {
  const { provider, transport, clock } = platform;
  const username = normalizeUsername(request.username);
  if (username === null) return problem({ kind: 'malformedUsername' });
  const { min, max } = limits.passwordLength;
  const passwordLength = [...request.password].length;
  if (passwordLength < min) return problem({ kind: 'passwordTooShort', limit: min });
  if (passwordLength > max) return problem({ kind: 'passwordTooLong', limit: max });
  const inviteToken = request.invite === undefined ? new Uint8Array(0) : parseInvite(request.invite)?.token;
  if (inviteToken === undefined) return problem({ kind: 'invalidInvite' });

  const server = await callSignIn(transport, signInMethods.describeServer, {});
  if (server.kind !== 'answer') return problem(serverProblem(server));
  const accountId = provider.randomBytes(16).toHex() as AccountId;
  const opaque = await startRegistration(request.password);
  const started = await callSignIn(transport, signInMethods.startRegistration, {
    accountId: idToBytes(accountId),
    username,
    registrationRequest: opaque.request,
    inviteToken,
  });
  if (started.kind !== 'answer') return problem(problemOf(started));
  const finished = await finishRegistration(
    request.password,
    opaque.state,
    started.value.registrationResponse,
    accountId,
  );
  if (finished === null) return problem({ kind: 'refused', code: 'malformed' });

  const { secrets, historyPublicKey } = await createAccountSecrets(provider);
  const recovery = generateRecoveryCode(provider);
  const vault = await createVault(provider, accountId, secrets, {
    exportKey: finished.exportKey,
    recoverySecret: recovery.secret,
  });
  try {
    const recoverySigner = await recoveryKey(provider, accountId, recovery.secret);
    const device = await createNewDevice(provider);
    const { chain, entry } = await createChain(provider, {
      accountId,
      identitySeed: secrets.identitySeed,
      historyPublicKey,
      device: device.chainDevice,
      vaultHash: vaultHash(provider, vault),
      nowMs: clock.now(),
    });
    await storeEnrolment(database, {
      device,
      username,
      serverId: server.value.serverId,
      grant: await grantDevice(provider, secrets, chain, device.keys.deviceId),
      chain,
      entries: [entry],
    });
    for (let attempt = 1; ; attempt++) {
      const created = await callSignIn(transport, signInMethods.finishRegistration, {
        accountId: idToBytes(accountId),
        username,
        registrationRecord: finished.record,
        vault,
        chainEntry: entry,
        inviteToken,
        recoveryKey: recoverySigner.publicKey,
      });
      const cameToBe =
        created.kind === 'answer' || (created.kind === 'error' && created.error.code === 'account_exists');
      if (cameToBe) break;
      if (created.kind === 'error' || attempt === tries) return problem(problemOf(created));
    }
    await confirmEnrolment(database);
    return { kind: 'ok', value: { recoveryCode: recovery.text } };
  } finally {
    wipeSecrets(secrets);
    finished.exportKey.fill(0);
    recovery.secret.fill(0);
  }
}

type Failed = { readonly kind: 'error'; readonly error: WireError } | { readonly kind: 'unreachable' };

function problemOf(failed: Failed): RegisterProblem {
  if (failed.kind === 'error') {
    switch (failed.error.code) {
      case 'username_taken':
        return { kind: 'usernameTaken' };
      case 'username_malformed':
        return { kind: 'malformedUsername' };
      case 'invite_needed':
        return { kind: 'inviteNeeded' };
      case 'invite_invalid':
        return { kind: 'invalidInvite' };
      default:
        break;
    }
  }
  return serverProblem(failed);
}

function problem(value: RegisterProblem): { readonly kind: 'problem'; readonly problem: RegisterProblem } {
  return { kind: 'problem', problem: value };
}
