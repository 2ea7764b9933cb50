import { toBinary } from '@bufbuild/protobuf';
import { type AccountId, idFromBytes, limits, normalizeUsername, VaultSchema } from '@sotto/protocol';
import { isFirstEntry, verifyChainEntry } from '../account/chain.ts';
import { hashInviteToken } from '../account/invite.ts';
import { done, refused } from '../outcome.ts';
import type { SignInHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';

const recoveryKeySizeBytes = 32;

/** The account comes into being whole: record, vault, chain entry 0, first device. Repeating it is harmless. */
export const finishRegistration: SignInHandler<'finishRegistration'> = async (server, origin, request) => {
  const accountId = idFromBytes<AccountId>(request.accountId);
  const { vault, chainEntry, registrationRecord, inviteToken, recoveryKey } = request;
  if (accountId === null || vault === undefined || chainEntry === undefined) return refused('malformed');
  const username = normalizeUsername(request.username);
  if (username === null) return refused('username_malformed');
  const vaultBytes = toBinary(VaultSchema, vault);
  const tooLarge = refuseTooLarge(
    [registrationRecord, limits.opaqueMessageSizeBytes],
    [vaultBytes, limits.vaultSizeBytes],
  );
  if (tooLarge !== null) return tooLarge;
  if (!/^[A-Za-z0-9_-]+$/.test(registrationRecord)) return refused('malformed');
  if (recoveryKey.length !== 0 && recoveryKey.length !== recoveryKeySizeBytes) return refused('malformed');
  const entry = verifyChainEntry(chainEntry, accountId);
  if (entry === null || !isFirstEntry(entry)) return refused('chain_invalid');
  const nowMs = server.clock.nowMs();
  const retryAfterMs = server.buckets.registrationsPerAddress.take(origin.addressKey, 1, nowMs);
  if (retryAfterMs > 0) return refused('rate_limited', { retryAfterMs });
  const [device] = entry.devices.values();
  const outcome = await server.store.createAccount({
    accountId,
    username,
    registrationRecord,
    vault: vaultBytes,
    recoveryKey: recoveryKey.length === 0 ? null : recoveryKey,
    chainEntry: entry.stored,
    device: device!,
    inviteTokenHash: inviteToken.length === 0 ? null : hashInviteToken(inviteToken),
    inviteNeeded: server.registration === 'invite',
    nowMs,
  });
  return outcome.kind === 'refused' ? outcome : done({});
};
