/**
 * An account of the simulation: made as registration makes it, but for the password, whose stretching would cost more
 * than the rest of a seed (spec/simulator.md §What is not simulated). Its recovery code opens its vault.
 */
import { toBinary } from '@bufbuild/protobuf';
import { type ClientDatabase, createNewDevice, grantDevice, storeEnrolment } from '@sotto/client';
import {
  createAccountSecrets,
  createChain,
  createSlotKey,
  generateRecoveryCode,
  type Provider,
  recoveryKey,
  sealVault,
  vaultHash,
} from '@sotto/crypto';
import { type AccountId, idFromBytes, VaultSchema } from '@sotto/protocol';
import type { Store } from '@sotto/server';

export interface SimulatedAccount {
  readonly accountId: AccountId;
  readonly username: string;
  readonly recoveryCode: string;
  /** What the account drew at random that is no secret. */
  readonly publicValues: readonly Uint8Array[];
  /** Makes an empty database that of the first device; what it gives is to be written at the server. */
  enrolFirst(database: ClientDatabase, serverId: Uint8Array, nowMs: number): Promise<Registration>;
}

type Registration = Parameters<Store['createAccount']>[0];

export async function createSimulatedAccount(
  provider: Provider,
  username: string,
): Promise<SimulatedAccount> {
  const accountId = idFromBytes<AccountId>(provider.randomBytes(16));
  if (accountId === null) throw new Error('An id has 16 bytes');
  const { secrets, historyPublicKey } = await createAccountSecrets(provider);
  const recovery = generateRecoveryCode(provider);
  const slot = await createSlotKey(provider, accountId, {
    kind: 'recovery',
    recoverySecret: recovery.secret,
  });
  const signer = await recoveryKey(provider, accountId, recovery.secret);

  return {
    accountId,
    username,
    recoveryCode: recovery.text,
    publicValues: [slot.salt],
    async enrolFirst(database, serverId, nowMs) {
      const vault = await sealVault(provider, accountId, secrets, [slot]);
      const device = await createNewDevice(provider);
      const { chain, entry } = await createChain(provider, {
        accountId,
        identitySeed: secrets.identitySeed,
        historyPublicKey,
        device: device.chainDevice,
        vaultHash: vaultHash(provider, vault),
        nowMs,
      });
      const grant = await grantDevice(provider, secrets, chain, device.keys.deviceId);
      await storeEnrolment(database, { device, username, serverId, grant, chain, entries: [entry] });
      const { deviceId, signatureKey } = device.chainDevice;
      return {
        accountId,
        username,
        registrationRecord: 'none',
        vault: toBinary(VaultSchema, vault),
        recoveryKey: signer.publicKey,
        chainEntry: { seq: 0, body: entry.body, signature: entry.signature },
        device: { deviceId, signatureKey, notAfterMs: 0 },
        inviteTokenHash: null,
        inviteNeeded: false,
        nowMs,
      };
    },
  };
}
