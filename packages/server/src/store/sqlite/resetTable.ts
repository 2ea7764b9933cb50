/** Accounts that take the place of others, and the operator's permissions for it (spec/accounts.md, "Starting over"). */
import type { DatabaseSync } from 'node:sqlite';
import { type AccountId, type DeviceId, idToBytes } from '@sotto/protocol';
import { done, type Outcome, refused } from '../../outcome.ts';
import type { AccountReset, ResetAccountError, ResetPermit } from '../store.ts';
import type { AccountTables } from './accountTables.ts';
import type { DeviceTable } from './deviceTable.ts';

export class ResetTable {
  readonly #accounts: AccountTables;
  readonly #devices: DeviceTable;
  readonly #permit;
  readonly #find;
  readonly #contacts;
  readonly #giveUpName;
  readonly #setSuccessor;
  readonly #forget;

  constructor(database: DatabaseSync, accounts: AccountTables, devices: DeviceTable) {
    this.#accounts = accounts;
    this.#devices = devices;
    this.#permit = database.prepare(
      'INSERT OR REPLACE INTO reset_token (account, token_hash, expires_at_ms) VALUES (?, ?, ?)',
    );
    this.#find = database.prepare(
      `SELECT account.id, account.username FROM reset_token JOIN account ON account.number = reset_token.account
       WHERE token_hash = ? AND expires_at_ms > ?`,
    );
    // The name's owner now, over however many resets.
    this.#contacts = database.prepare(
      `WITH RECURSIVE line (first, last) AS (
         SELECT DISTINCT other.account, account.successor
         FROM member_account AS own
         JOIN member_account AS other ON other.conversation = own.conversation
         JOIN account ON account.number = other.account
         WHERE own.account = (SELECT number FROM account WHERE id = ?) AND account.successor IS NOT NULL
         UNION
         SELECT first, account.successor FROM line JOIN account ON account.number = line.last
         WHERE account.successor IS NOT NULL
       )
       SELECT replaced.id AS accountId, present.id AS successorId FROM line
       JOIN account AS replaced ON replaced.number = line.first
       JOIN account AS present ON present.number = line.last
       WHERE present.successor IS NULL`,
    );
    // No name that anybody may have: names have no colon.
    this.#giveUpName = database.prepare(
      "UPDATE account SET former_username = username, username = ':' || hex(id) WHERE number = ?",
    );
    this.#setSuccessor = database.prepare('UPDATE account SET successor = ? WHERE number = ?');
    this.#forget = ['reset_token', 'passkey', 'invite'].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE account = ?`),
    );
  }

  permit({ username, tokenHash, expiresAtMs }: ResetPermit): Outcome<null, 'unknown_account'> {
    const account = this.#accounts.find({ username });
    if (account === null) return refused('unknown_account');
    this.#permit.run(this.#accounts.numberOf(account.accountId), tokenHash, expiresAtMs);
    return done(null);
  }

  find(tokenHash: Uint8Array, nowMs: number): { accountId: AccountId; username: string } | null {
    const row = this.#find.get(tokenHash, nowMs);
    if (row === undefined) return null;
    return { accountId: (row.id as Uint8Array).toHex() as AccountId, username: row.username as string };
  }

  contacts(accountId: AccountId): { accountId: AccountId; successorId: AccountId }[] {
    return this.#contacts.all(idToBytes(accountId)).map((row) => ({
      accountId: (row.accountId as Uint8Array).toHex() as AccountId,
      successorId: (row.successorId as Uint8Array).toHex() as AccountId,
    }));
  }

  reset(reset: AccountReset): Outcome<{ removed: DeviceId[] }, ResetAccountError> {
    const { replacedId, accountId } = reset;
    const replaced = this.#accounts.find({ accountId: replacedId });
    const number = this.#accounts.numberOf(replacedId);
    if (replaced === null || number === null) return refused('unknown_account');
    if (this.#accounts.find({ accountId }) !== null) {
      // The answer to the first request was lost: the same entry 0 was signed by the same identity key.
      const [first] = this.#accounts.readChain(accountId, 0);
      const isRepeated =
        replaced.successor === accountId &&
        first !== undefined &&
        Buffer.compare(first.body, reset.chainEntry.body) === 0;
      return isRepeated ? done({ removed: [] }) : refused('account_exists');
    }
    if (replaced.successor !== null) return refused('account_closed');
    if (!this.#isPermitted(reset)) return refused('reset_refused');
    if (this.#accounts.findDevice(reset.device.deviceId) !== null) return refused('chain_invalid');
    this.#giveUpName.run(number);
    this.#setSuccessor.run(this.#accounts.insert({ ...reset, username: replaced.username }), number);
    const removed = this.#devices.list(replacedId).map(({ deviceId }) => deviceId);
    for (const deviceId of removed) this.#accounts.removeDevice(number, deviceId);
    for (const statement of this.#forget) statement.run(number);
    return done({ removed });
  }

  #isPermitted({ permission, replacedId, nowMs }: AccountReset): boolean {
    if (permission.kind === 'token') {
      return this.find(permission.tokenHash, nowMs)?.accountId === replacedId;
    }
    const device = this.#accounts.findDevice(permission.deviceId);
    return device?.active === true && device.accountId === replacedId;
  }
}
