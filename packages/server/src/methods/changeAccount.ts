import { toBinary } from '@bufbuild/protobuf';
import {
  type AccountId,
  type ChainBody,
  ChainOperation,
  type DeviceId,
  idFromBytes,
  limits,
  type NewPasskey,
  type PasskeyId,
  VaultSchema,
} from '@sotto/protocol';
import { compareWithHead, namesVault, verifyChainEntry } from '../account/chain.ts';
import { chainChanged } from '../account/chainChanged.ts';
import { done, refused } from '../outcome.ts';
import type { AccountChange, Delivery } from '../store/store.ts';
import type { SignInHandler } from './handler.ts';
import { refuseTooLarge, refuseTooMany } from './sizes.ts';

const publicKeySizeBytes = 32;

/**
 * A device taken away, a new password or recovery code, a passkey more or less: chain entry, vault and what proves the new secret in
 * one step. Authorised by the entry, which only the identity key can sign; that it continues the newest entry is
 * the comparison that keeps two changes at once from undoing each other.
 */
export const changeAccount: SignInHandler<'changeAccount'> = async (server, _origin, request) => {
  const accountId = idFromBytes<AccountId>(request.accountId);
  const { chainEntry, vault, registrationRecord, recoveryKey } = request;
  if (accountId === null || chainEntry === undefined || vault === undefined) return refused('malformed');
  const vaultBytes = toBinary(VaultSchema, vault);
  const tooLarge =
    refuseTooMany(request.deliveries, limits.devicesPerAccount) ??
    refuseTooLarge(
      [vaultBytes, limits.vaultSizeBytes],
      [registrationRecord, limits.opaqueMessageSizeBytes],
      [request.passkey?.label ?? '', limits.passkeyLabelSizeBytes],
      ...request.deliveries.map(({ sealed }) => [sealed, limits.deviceDeliverySizeBytes] as const),
    );
  if (tooLarge !== null) return tooLarge;
  const deliveries: Delivery[] = [];
  for (const delivery of request.deliveries) {
    const deviceId = idFromBytes<DeviceId>(delivery.deviceId);
    if (deviceId === null) return refused('malformed');
    deliveries.push({ deviceId, sealed: delivery.sealed });
  }
  const entry = verifyChainEntry(chainEntry, accountId);
  const chain = await server.store.readChain(accountId, 0);
  const head = chain.at(-1);
  if (head === undefined) return refused('unknown_account');
  if (entry === null || !namesVault(entry.body, vault)) return refused('chain_invalid');
  const isRepeated = entry.stored.seq === head.seq && Buffer.compare(entry.stored.body, head.body) === 0;
  if (isRepeated) return done({});
  if (entry.stored.seq !== head.seq + 1) return refused('chain_stale');
  const change = compareWithHead(head, entry);
  const sizeBytes = [...chain, entry.stored].reduce((sum, { body }) => sum + body.length, 0);
  if (sizeBytes > limits.serverFrameSizeBytes / 2)
    return refused('too_large', { limit: limits.serverFrameSizeBytes / 2 });
  if (change === null || change.added.length > 0) return refused('chain_invalid');
  if (!deliveries.every(({ deviceId }) => entry.devices.has(deviceId))) return refused('malformed');
  const { operation } = entry.body;
  const setsPassword = operation === ChainOperation.CHANGE_PASSWORD || operation === ChainOperation.RECOVER;
  const setsCode = operation === ChainOperation.CHANGE_RECOVERY_CODE;
  if (setsPassword !== /^[A-Za-z0-9_-]+$/.test(registrationRecord)) return refused('malformed');
  if (recoveryKey.length !== (setsCode ? publicKeySizeBytes : 0)) return refused('malformed');
  const passkey = passkeyChange(entry.body, request.passkey);
  if (passkey === 'malformed') return refused('malformed');
  const outcome = await server.store.changeAccount({
    accountId,
    entry: entry.stored,
    ...change,
    vault: vaultBytes,
    registrationRecord: setsPassword ? registrationRecord : null,
    recoveryKey: setsCode ? recoveryKey : null,
    deliveries,
    passkey,
  });
  if (outcome.kind === 'refused') return outcome;
  chainChanged(server, accountId, entry.stored.seq, change.removed);
  return done({});
};

function passkeyChange(
  { operation, passkeyId }: ChainBody,
  given: NewPasskey | undefined,
): AccountChange['passkey'] | 'malformed' {
  const id = idFromBytes<PasskeyId>(passkeyId);
  if (operation === ChainOperation.ADD_PASSKEY && id !== null) {
    if (given?.publicKey.length !== publicKeySizeBytes) return 'malformed';
    return { kind: 'added', passkeyId: id, publicKey: given.publicKey, label: given.label };
  }
  if (given !== undefined) return 'malformed';
  return operation === ChainOperation.REMOVE_PASSKEY && id !== null
    ? { kind: 'removed', passkeyId: id }
    : null;
}
