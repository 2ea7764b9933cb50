import { createHash } from 'node:crypto';
import { toBinary } from '@bufbuild/protobuf';
import {
  type AccountId,
  type DeviceId,
  type FinishResetRequest,
  idFromBytes,
  idToBytes,
  limits,
  VaultSchema,
} from '@sotto/protocol';
import { accountReplaced } from '../account/accountReplaced.ts';
import { isFirstEntry, namesVault, verifyChainEntry } from '../account/chain.ts';
import { hashInviteToken } from '../account/invite.ts';
import { verifyEd25519 } from '../account/verifyEd25519.ts';
import { done, refused } from '../outcome.ts';
import type { Server } from '../server.ts';
import type { AccountReset } from '../store/store.ts';
import type { SignInHandler } from './handler.ts';
import { refuseTooLarge } from './sizes.ts';

const recoveryKeySizeBytes = 32;
const resetLabel = 'Sotto 1 reset identity';

/** An account takes the place of another, whose owner can open it no longer: whole or not at all. */
export const finishReset: SignInHandler<'finishReset'> = async (server, origin, request) => {
  const accountId = idFromBytes<AccountId>(request.accountId);
  const replacedId = idFromBytes<AccountId>(request.replacedAccountId);
  const { vault, chainEntry, registrationRecord, recoveryKey } = request;
  if (accountId === null || replacedId === null) return refused('malformed');
  if (vault === undefined || chainEntry === undefined) return refused('malformed');
  const vaultBytes = toBinary(VaultSchema, vault);
  const tooLarge = refuseTooLarge(
    [registrationRecord, limits.opaqueMessageSizeBytes],
    [vaultBytes, limits.vaultSizeBytes],
  );
  if (tooLarge !== null) return tooLarge;
  if (!/^[A-Za-z0-9_-]+$/.test(registrationRecord)) return refused('malformed');
  if (recoveryKey.length !== recoveryKeySizeBytes) return refused('malformed');
  const entry = verifyChainEntry(chainEntry, accountId);
  if (entry === null || !isFirstEntry(entry, replacedId) || !namesVault(entry.body, vault)) {
    return refused('chain_invalid');
  }
  const nowMs = server.clock.nowMs();
  const retryAfterMs = server.buckets.registrationsPerAddress.take(origin.addressKey, 1, nowMs);
  if (retryAfterMs > 0) return refused('rate_limited', { retryAfterMs });
  const permission = await permissionOf(server, replacedId, entry.stored.body, request);
  if (permission === null) return refused('reset_refused');
  const [device] = entry.devices.values();
  const outcome = await server.store.resetAccount({
    replacedId,
    permission,
    accountId,
    registrationRecord,
    vault: vaultBytes,
    recoveryKey,
    chainEntry: entry.stored,
    device: device!,
    nowMs,
  });
  if (outcome.kind === 'refused') return outcome;
  accountReplaced(server, { replacedId, accountId, removed: outcome.value.removed });
  return done({});
};

/** What the request was permitted by, as far as it can be checked without the store's transaction. */
async function permissionOf(
  { store, secrets, clock }: Server,
  replacedId: AccountId,
  entryBody: Uint8Array,
  { permission }: FinishResetRequest,
): Promise<AccountReset['permission'] | null> {
  if (permission.case === 'resetToken') {
    return { kind: 'token', tokenHash: hashInviteToken(permission.value) };
  }
  if (permission.case !== 'device') return null;
  const deviceId = idFromBytes<DeviceId>(permission.value.deviceId);
  const device = deviceId === null ? null : await store.findDevice(deviceId);
  if (deviceId === null || device === null || device.accountId !== replacedId) return null;
  if (device.notAfterMs !== 0 && device.notAfterMs <= clock.nowMs()) return null;
  const entryHash = createHash('sha256').update(entryBody).digest();
  const signed = [secrets.serverId, idToBytes(replacedId), idToBytes(deviceId), entryHash];
  const isSigned = verifyEd25519(device.signatureKey, resetLabel, signed, permission.value.signature);
  return isSigned ? { kind: 'device', deviceId } : null;
}
