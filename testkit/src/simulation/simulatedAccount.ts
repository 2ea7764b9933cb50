/**
 * An account of the simulation: identity chain and device keys as sign-in makes them, without the password, whose
 * stretching would cost more than the rest of a seed (spec/simulator.md §What is not simulated).
 */
import {
  createAccountSecrets,
  createChain,
  createDevice,
  createDeviceCredential,
  type DeviceKeys,
  extendChain,
  type Provider,
  type VerifiedChain,
} from '@sotto/crypto';
import { type AccountId, type ChainEntry, idFromBytes } from '@sotto/protocol';

export interface SimulatedAccount {
  readonly accountId: AccountId;
  readonly username: string;
  /** All entries so far, as the server must have them. */
  readonly entries: readonly ChainEntry[];
  readonly chain: VerifiedChain;
  /** Keys for a new device, which the chain then lists: as its first one, or by an entry more. */
  enrol(nowMs: number): Promise<EnrolledKeys>;
}

export interface EnrolledKeys {
  readonly keys: DeviceKeys;
  readonly credential: Uint8Array;
  /** The entry that brought it. */
  readonly entry: ChainEntry;
  readonly isFirst: boolean;
}

export async function createSimulatedAccount(
  provider: Provider,
  username: string,
): Promise<SimulatedAccount> {
  const accountId = idFromBytes<AccountId>(provider.randomBytes(16));
  if (accountId === null) throw new Error('An id has 16 bytes');
  const { secrets, historyPublicKey } = await createAccountSecrets(provider);
  const { identitySeed } = secrets;
  const entries: ChainEntry[] = [];
  let chain: VerifiedChain | null = null;

  return {
    accountId,
    username,
    entries,
    get chain() {
      if (chain === null) throw new Error('No device was enrolled');
      return chain;
    },
    async enrol(nowMs) {
      const keys = await createDevice(provider);
      const device = { deviceId: keys.deviceId, signatureKey: keys.signingKey.publicKey, notAfterMs: null };
      const isFirst = chain === null;
      const extended =
        chain === null
          ? await createChain(provider, { accountId, identitySeed, historyPublicKey, device, nowMs })
          : await extendChain(provider, {
              identitySeed,
              chain,
              change: { kind: 'addDevice', device },
              nowMs,
            });
      if (extended.kind === 'refused') throw new Error(`The chain cannot be extended: ${extended.reason}`);
      chain = extended.chain;
      entries.push(extended.entry);
      const credential = await createDeviceCredential(provider, identitySeed, chain, keys.deviceId);
      return { keys, credential, entry: extended.entry, isFirst };
    },
  };
}
