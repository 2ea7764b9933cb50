import { identityPin } from '@sotto/crypto';
import { type AccountId, idFromBytes, Connection as Methods, normalizeUsername } from '@sotto/protocol';
import type { InviteProblem, InviteView, Outcome, ServerProblem, ServerView } from '../api.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { ServerTransport } from '../ports.ts';
import { serverProblem } from '../signIn/openAccount.ts';
import { callSignIn, signInMethods } from '../signIn/signInCall.ts';
import { clampTime } from '../sync/entry.ts';
import { formatInvite, parseInvite } from './inviteText.ts';

const inviteTokenSizeBytes = 16;

/**
 * What an invite leads to. Needs no sign-in, and is the server's word alone: when the conversation is opened, the
 * account must be the one that the invite itself names.
 */
export async function resolveInvite(
  transport: ServerTransport,
  invite: string,
): Promise<Outcome<InviteView, InviteProblem>> {
  const parsed = parseInvite(invite);
  if (parsed === null) return { kind: 'problem', problem: { kind: 'invalidInvite' } };
  const result = await callSignIn(transport, signInMethods.resolveInvite, { inviteToken: parsed.token });
  if (result.kind !== 'answer') {
    const isInvalid = result.kind === 'error' && result.error.code === 'invite_invalid';
    return { kind: 'problem', problem: isInvalid ? { kind: 'invalidInvite' } : serverProblem(result) };
  }
  const { accountId: bytes, username, registers } = result.value;
  if (bytes.length === 0) return { kind: 'ok', value: { account: null, registers } };
  const accountId = idFromBytes<AccountId>(bytes);
  if (accountId === null || normalizeUsername(username) !== username) {
    return { kind: 'problem', problem: { kind: 'invalidInvite' } };
  }
  return { kind: 'ok', value: { account: { accountId, username }, registers } };
}

export async function createInvite(
  device: DeviceContext,
): Promise<Outcome<{ invite: string; expiresAtMs: number }, ServerProblem>> {
  const own = await device.directory.chain(device.self.accountId);
  if (own === null) return { kind: 'problem', problem: { kind: 'refused', code: 'unavailable' } };
  const result = await device.connection.call(Methods.method.createInvite, {});
  switch (result.kind) {
    case 'lost':
      return { kind: 'problem', problem: { kind: 'offline' } };
    case 'error':
      return { kind: 'problem', problem: { kind: 'refused', code: result.error.code } };
    case 'answer':
      if (result.value.inviteToken.length !== inviteTokenSizeBytes) {
        return { kind: 'problem', problem: { kind: 'refused', code: 'malformed' } };
      }
      return {
        kind: 'ok',
        value: {
          invite: formatInvite(result.value.inviteToken, identityPin(device.provider, own)),
          expiresAtMs: clampTime(result.value.expiresAtMs),
        },
      };
  }
}

export async function describeServer(
  transport: ServerTransport,
): Promise<Outcome<ServerView, ServerProblem>> {
  const result = await callSignIn(transport, signInMethods.describeServer, {});
  if (result.kind !== 'answer') return { kind: 'problem', problem: serverProblem(result) };
  const { version, openRegistration } = result.value;
  return { kind: 'ok', value: { version, openRegistration } };
}
