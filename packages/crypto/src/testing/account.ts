/** Accounts for tests: made as sign-in makes them, without a password or a server. */
import { loadNodeProvider } from '@sotto/primitives/node';
import { type AccountId, type ChainEntry, idFromBytes } from '@sotto/protocol';
import { createDevice } from '../account/device.ts';
import { createDeviceCredential } from '../account/deviceCredential.ts';
import { createChain, extendChain } from '../account/identityChain.ts';
import type { AccountSecrets, DeviceKeys, VerifiedChain } from '../account/types.ts';
import { createAccountSecrets } from '../account/vault.ts';
import type { Directory, Self } from '../group/types.ts';

export const provider = await loadNodeProvider();
export const nowMs = Date.UTC(2026, 10, 23);

/** An account with its chain, growing as devices come and go. */
export class TestAccount {
  readonly accountId: AccountId;
  readonly secrets: AccountSecrets;
  chain: VerifiedChain;
  readonly entries: ChainEntry[];
  readonly keys: DeviceKeys[];

  private constructor(
    accountId: AccountId,
    secrets: AccountSecrets,
    chain: VerifiedChain,
    entries: ChainEntry[],
    keys: DeviceKeys[],
  ) {
    this.accountId = accountId;
    this.secrets = secrets;
    this.chain = chain;
    this.entries = entries;
    this.keys = keys;
  }

  static async create(): Promise<TestAccount> {
    const accountId = idFromBytes<AccountId>(provider.randomBytes(16))!;
    const { secrets, historyPublicKey } = await createAccountSecrets(provider);
    const device = await createDevice(provider);
    const { entry, chain } = await createChain(provider, {
      accountId,
      identitySeed: secrets.identitySeed,
      historyPublicKey,
      device: { deviceId: device.deviceId, signatureKey: device.signingKey.publicKey, notAfterMs: null },
      nowMs,
    });
    return new TestAccount(accountId, secrets, chain, [entry], [device]);
  }

  async addDevice(notAfterMs: number | null = null): Promise<DeviceKeys> {
    const device = await createDevice(provider);
    await this.#extend({
      kind: 'addDevice',
      device: { deviceId: device.deviceId, signatureKey: device.signingKey.publicKey, notAfterMs },
    });
    this.keys.push(device);
    return device;
  }

  async removeDevice(device: DeviceKeys): Promise<void> {
    await this.#extend({ kind: 'removeDevice', deviceId: device.deviceId });
  }

  async self(device: DeviceKeys = this.keys[0]!): Promise<Self> {
    return {
      accountId: this.accountId,
      deviceId: device.deviceId,
      signingKey: device.signingKey,
      credential: await createDeviceCredential(
        provider,
        this.secrets.identitySeed,
        this.chain,
        device.deviceId,
      ),
    };
  }

  async #extend(change: Parameters<typeof extendChain>[1]['change']): Promise<void> {
    const identitySeed = this.secrets.identitySeed;
    const extended = await extendChain(provider, { identitySeed, chain: this.chain, change, nowMs });
    if (extended.kind === 'refused') throw new Error(extended.reason);
    this.chain = extended.chain;
    this.entries.push(extended.entry);
  }
}

/** A directory that knows these accounts, as they are now. */
export function directoryOf(...accounts: readonly TestAccount[]): Directory {
  return {
    async chainOf(accountId, atLeastSeq) {
      const chain = accounts.find((account) => account.accountId === accountId)?.chain;
      return chain !== undefined && chain.seq >= atLeastSeq ? chain : null;
    },
  };
}

/** `bytes` with one bit turned. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice();
  const at = (bit >> 3) % flipped.length;
  flipped[at]! ^= 1 << (bit & 7);
  return flipped;
}
