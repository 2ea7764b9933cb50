/** `account`, `chain_entry` and `device`. Invariant: `device.active` says what the newest chain entry says. */
import type { DatabaseSync } from 'node:sqlite';
import { type AccountId, type DeviceId, idToBytes, limits } from '@sotto/protocol';
import { done, type Outcome, refused } from '../../outcome.ts';
import type {
  AccountChange,
  AccountRecord,
  ChainChange,
  CreateAccountError,
  DeviceRecord,
  ExtendChainError,
  NewAccount,
  NewDevice,
  StoredChainEntry,
} from '../store.ts';
import type { DeviceTable } from './deviceTable.ts';
import type { InviteTable } from './inviteTable.ts';
import type { LogTables } from './logTables.ts';
import type { PasskeyTable } from './passkeyTable.ts';

export interface DeviceRow {
  readonly number: number;
  readonly account: number;
  readonly accountId: AccountId;
  readonly inbox: number;
  readonly active: boolean;
}

export class AccountTables {
  readonly #logs: LogTables;
  readonly #invites: InviteTable;
  readonly #devices: DeviceTable;
  readonly #passkeys: PasskeyTable;
  readonly #change;
  readonly #count;
  readonly #numberOf;
  readonly #byUsername;
  readonly #isClosed;
  readonly #byId;
  readonly #insert;
  readonly #insertChainEntry;
  readonly #readChain;
  readonly #chainHead;
  readonly #insertDevice;
  readonly #deactivate;
  readonly #deleteKeyPackages;
  readonly #findDevice;
  readonly #readDevice;

  constructor(
    database: DatabaseSync,
    logs: LogTables,
    invites: InviteTable,
    devices: DeviceTable,
    passkeys: PasskeyTable,
  ) {
    this.#logs = logs;
    this.#invites = invites;
    this.#devices = devices;
    this.#passkeys = passkeys;
    this.#change = database.prepare(
      `UPDATE account SET vault = ?, registration_record = coalesce(?, registration_record),
         recovery_key = coalesce(?, recovery_key) WHERE number = ?`,
    );
    this.#count = database.prepare('SELECT count(*) AS accounts FROM account');
    this.#numberOf = database.prepare('SELECT number FROM account WHERE id = ?');
    const columns = `id, coalesce(former_username, username) AS username, vault,
      registration_record AS registrationRecord, recovery_key AS recoveryKey,
      (SELECT id FROM account AS other WHERE other.number = account.successor) AS successor`;
    this.#isClosed = database.prepare('SELECT 1 FROM account WHERE id = ? AND successor IS NOT NULL');
    this.#byUsername = database.prepare(`SELECT ${columns} FROM account WHERE username = ?`);
    this.#byId = database.prepare(`SELECT ${columns} FROM account WHERE id = ?`);
    this.#insert = database.prepare(
      `INSERT INTO account (id, username, registration_record, vault, recovery_key, created_at_ms)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#insertChainEntry = database.prepare(
      'INSERT INTO chain_entry (account, seq, body, signature) VALUES (?, ?, ?, ?)',
    );
    this.#readChain = database.prepare(
      `SELECT seq, body, signature FROM chain_entry
       WHERE account = (SELECT number FROM account WHERE id = ?) AND seq >= ? ORDER BY seq LIMIT ?`,
    );
    this.#chainHead = database.prepare(
      'SELECT seq, body, signature FROM chain_entry WHERE account = ? ORDER BY seq DESC LIMIT 1',
    );
    this.#insertDevice = database.prepare(
      'INSERT INTO device (id, account, inbox, signature_key, not_after_ms, active) VALUES (?, ?, ?, ?, ?, 1)',
    );
    this.#deactivate = database.prepare(
      'UPDATE device SET active = 0, last_resort = NULL WHERE id = ? AND account = ?',
    );
    this.#deleteKeyPackages = database.prepare(
      'DELETE FROM key_package WHERE device = (SELECT number FROM device WHERE id = ?)',
    );
    this.#findDevice = database.prepare(
      `SELECT device.number, device.account, account.id AS accountId, device.inbox, device.active
       FROM device JOIN account ON account.number = device.account WHERE device.id = ?`,
    );
    this.#readDevice = database.prepare(
      `SELECT account.id AS accountId, signature_key AS signatureKey, not_after_ms AS notAfterMs, active,
         (SELECT count(*) FROM key_package WHERE device = device.number AND bytes IS NOT NULL) AS keyPackages
       FROM device JOIN account ON account.number = device.account WHERE device.id = ?`,
    );
  }

  count(): number {
    return this.#count.get()?.accounts as number;
  }

  numberOf(accountId: AccountId): number | null {
    return (this.#numberOf.get(idToBytes(accountId))?.number as number | undefined) ?? null;
  }

  /** Another account took its place. */
  isClosed(accountId: AccountId): boolean {
    return this.#isClosed.get(idToBytes(accountId)) !== undefined;
  }

  create(account: NewAccount): Outcome<null, CreateAccountError> {
    const present = this.find({ accountId: account.accountId });
    if (present !== null) {
      // The answer to the first registration was lost: the same entry 0 was signed by the same identity key.
      const [first] = this.readChain(account.accountId, 0);
      const repeated = first !== undefined && equalBytes(first.body, account.chainEntry.body);
      return repeated && present.username === account.username ? done(null) : refused('account_exists');
    }
    if (this.#byUsername.get(account.username) !== undefined) return refused('username_taken');
    if (this.findDevice(account.device.deviceId) !== null) return refused('chain_invalid');
    const invite = this.#invites.use(account);
    if (invite.kind === 'refused') return invite;
    this.insert(account);
    return done(null);
  }

  /** Its number. The name is free, and the ids are new. */
  insert(account: Omit<NewAccount, 'inviteTokenHash' | 'inviteNeeded'>): number {
    const number = Number(
      this.#insert.run(
        idToBytes(account.accountId),
        account.username,
        account.registrationRecord,
        account.vault,
        account.recoveryKey ?? null,
        account.nowMs,
      ).lastInsertRowid,
    );
    this.#logs.create({ kind: 'keyring', id: account.accountId });
    this.#insertChainEntry.run(number, 0, account.chainEntry.body, account.chainEntry.signature);
    this.#addDevice(number, account.device);
    return number;
  }

  find(by: { username: string } | { accountId: AccountId }): AccountRecord | null {
    const row =
      'username' in by ? this.#byUsername.get(by.username) : this.#byId.get(idToBytes(by.accountId));
    if (row === undefined) return null;
    return {
      accountId: (row.id as Uint8Array).toHex() as AccountId,
      username: row.username as string,
      registrationRecord: row.registrationRecord as string,
      vault: row.vault as Uint8Array,
      recoveryKey: row.recoveryKey as Uint8Array | null,
      successor: ((row.successor as Uint8Array | null)?.toHex() as AccountId | undefined) ?? null,
    };
  }

  readChain(accountId: AccountId, fromSeq: number): StoredChainEntry[] {
    const rows = this.#readChain.all(idToBytes(accountId), fromSeq, limits.chainEntries);
    return rows as unknown as StoredChainEntry[];
  }

  extendChain(change: ChainChange): Outcome<null, ExtendChainError> {
    const account = this.numberOf(change.accountId);
    if (account === null) return refused('unknown_account');
    if (this.isClosed(change.accountId)) return refused('account_closed');
    const head = this.#chainHead.get(account) as unknown as StoredChainEntry;
    if (head.seq === change.entry.seq && equalBytes(head.body, change.entry.body)) return done(null);
    if (head.seq + 1 !== change.entry.seq) return refused('chain_stale');
    if (change.added.some((device) => this.findDevice(device.deviceId) !== null))
      return refused('chain_invalid');
    this.#insertChainEntry.run(account, change.entry.seq, change.entry.body, change.entry.signature);
    for (const device of change.added) this.#addDevice(account, device);
    for (const deviceId of change.removed) this.removeDevice(account, deviceId);
    return done(null);
  }

  removeDevice(account: number, deviceId: DeviceId): void {
    this.#deactivate.run(idToBytes(deviceId), account);
    this.#deleteKeyPackages.run(idToBytes(deviceId));
    this.#devices.forget(deviceId);
  }

  change(change: AccountChange): Outcome<null, ExtendChainError> {
    const account = this.numberOf(change.accountId);
    const head = account === null ? undefined : this.#chainHead.get(account);
    const isNext = account !== null && head?.seq === change.entry.seq - 1;
    if (isNext && change.passkey !== null) {
      const isChanged = this.#passkeys.change(account, change.entry.seq, change.passkey);
      if (!isChanged) return refused('chain_invalid');
    }
    const extended = this.extendChain(change);
    if (extended.kind === 'refused' || !isNext) return extended;
    this.#change.run(change.vault, change.registrationRecord, change.recoveryKey, account);
    this.#devices.deliver(change.entry.seq, change.deliveries);
    return extended;
  }

  findDevice(deviceId: DeviceId): DeviceRow | null {
    const row = this.#findDevice.get(idToBytes(deviceId));
    if (row === undefined) return null;
    return {
      number: row.number as number,
      account: row.account as number,
      accountId: (row.accountId as Uint8Array).toHex() as AccountId,
      inbox: row.inbox as number,
      active: row.active === 1,
    };
  }

  readDevice(deviceId: DeviceId): DeviceRecord | null {
    const row = this.#readDevice.get(idToBytes(deviceId));
    if (row === undefined) return null;
    return {
      accountId: (row.accountId as Uint8Array).toHex() as AccountId,
      deviceId,
      signatureKey: row.signatureKey as Uint8Array,
      notAfterMs: row.notAfterMs as number,
      active: row.active === 1,
      keyPackages: row.keyPackages as number,
    };
  }

  #addDevice(account: number, device: NewDevice): void {
    const inbox = this.#logs.create({ kind: 'inbox', id: device.deviceId });
    this.#insertDevice.run(
      idToBytes(device.deviceId),
      account,
      inbox.number,
      device.signatureKey,
      device.notAfterMs,
    );
  }
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
