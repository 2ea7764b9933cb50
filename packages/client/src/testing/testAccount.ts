import { toBinary } from '@bufbuild/protobuf';
import {
  createAccountSecrets,
  createChain,
  createSlotKey,
  generateRecoveryCode,
  recoveryKey,
  sealVault,
  vaultHash,
} from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import { type AccountId, type DeviceId, VaultSchema } from '@sotto/protocol';
import type { SqliteStore } from '@sotto/server';
import { removeDevice } from '../account/changeAccount.ts';
import type { AccountSecret } from '../api.ts';
import { migrate } from '../database/migrate.ts';
import type { ClientDatabase, Platform } from '../ports.ts';
import { confirmEnrolment, createNewDevice, grantDevice, storeEnrolment } from '../signIn/enrolment.ts';
import { signIn } from '../signIn/signIn.ts';
import { TestDisk } from './faultyDatabase.ts';
import { TestDevice, type TestPlace } from './testDevice.ts';

const provider = await loadNodeProvider();

/** Makes an empty database that of the account's first device, and has the server know both. */
type Register = (database: ClientDatabase) => Promise<void>;

/** An account that only its recovery code opens: stretching a password would take longer than the test. */
export class TestAccount {
  readonly accountId: AccountId;
  readonly username: string;
  readonly secret: AccountSecret;
  readonly #place: TestPlace;
  #register: Register | null;

  constructor(
    place: TestPlace,
    who: Pick<TestAccount, 'accountId' | 'username' | 'secret'>,
    register: Register,
  ) {
    this.#place = place;
    this.accountId = who.accountId;
    this.username = who.username;
    this.secret = who.secret;
    this.#register = register;
  }

  /** A new device of the account, started and connected. `prepare`: before it connects. */
  async addDevice(prepare: (device: TestDevice) => void = () => undefined): Promise<TestDevice> {
    const disk = new TestDisk();
    const database = disk.open();
    await migrate(database);
    const register = this.#register;
    this.#register = null;
    if (register !== null) await register(database);
    else {
      const added = await signIn(this.#platform(), database, this.username, this.secret);
      if (added.kind === 'problem') throw new Error(JSON.stringify(added.problem));
    }
    const made = new TestDevice(this.#place, disk, this.accountId);
    prepare(made);
    await made.start();
    return made;
  }

  /** Takes a device out of the account, as another one of the account would. */
  async removeDevice(deviceId: DeviceId): Promise<void> {
    const who = { username: this.username, deviceId: null, before: null };
    const removed = await removeDevice(this.#platform(), who, this.secret, deviceId);
    if (removed.kind === 'problem') throw new Error(JSON.stringify(removed.problem));
  }

  #platform(): Platform {
    const { clock, service } = this.#place;
    const notUsed = () => Promise.reject(new Error('Not used'));
    return {
      clock,
      provider,
      databases: { open: notUsed, locked: async () => [], lock: notUsed, unlock: notUsed, discard: notUsed },
      transport: {
        signIn: (method, payload) => service.signIn(method, payload),
        connect: () => {
          throw new Error('Not used');
        },
      },
    };
  }
}

export async function createTestAccount(
  place: TestPlace,
  store: SqliteStore,
  username: string,
): Promise<TestAccount> {
  const accountId = provider.randomBytes(16).toHex() as AccountId;
  const recovery = generateRecoveryCode(provider);
  const register: Register = async (database) => {
    const nowMs = place.clock.now();
    const { secrets, historyPublicKey } = await createAccountSecrets(provider);
    const slotKey = { kind: 'recovery', recoverySecret: recovery.secret } as const;
    const slot = await createSlotKey(provider, accountId, slotKey);
    const signer = await recoveryKey(provider, accountId, recovery.secret);
    const vault = await sealVault(provider, accountId, secrets, [slot]);
    const device = await createNewDevice(provider);
    const { deviceId, signatureKey } = device.chainDevice;
    const { chain, entry } = await createChain(provider, {
      accountId,
      identitySeed: secrets.identitySeed,
      historyPublicKey,
      device: device.chainDevice,
      vaultHash: vaultHash(provider, vault),
      nowMs,
    });
    await storeEnrolment(database, {
      device,
      username,
      serverId: place.service.serverId,
      grant: await grantDevice(provider, secrets, chain, deviceId),
      chain,
      entries: [entry],
    });
    await store.createAccount({
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
    });
    await confirmEnrolment(database);
  };
  return new TestAccount(
    place,
    { accountId, username, secret: { kind: 'recoveryCode', code: recovery.text } },
    register,
  );
}
