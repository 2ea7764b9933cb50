/**
 * `key_package`. Invariant: a package that is not a last resort is given out at most once, whatever is repeated:
 * claimed ones leave their hash behind, and an upload of the same bytes is passed over.
 */
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { type AccountId, type DeviceId, limits } from '@sotto/protocol';
import { done, type Outcome, refused } from '../../outcome.ts';
import type { ClaimError, ClaimResult, KeyPackageClaim, KeyPackagePublication } from '../store.ts';
import type { AccountTables } from './accountTables.ts';

/** Hashes of claimed packages kept per device: far more than can be in repeated uploads. */
const claimedHashesKept = 500;

export class KeyPackageTable {
  readonly #accounts: AccountTables;
  readonly #insert;
  readonly #setLastResort;
  readonly #count;
  readonly #dropOldest;
  readonly #dropClaimed;
  readonly #devicesOf;
  readonly #oldest;
  readonly #markClaimed;

  constructor(database: DatabaseSync, accounts: AccountTables) {
    this.#accounts = accounts;
    this.#insert = database.prepare(
      'INSERT INTO key_package (device, hash, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#setLastResort = database.prepare('UPDATE device SET last_resort = ? WHERE number = ?');
    this.#count = database.prepare(
      'SELECT count(*) AS unclaimed FROM key_package WHERE device = ? AND bytes IS NOT NULL',
    );
    const dropAllBut = (condition: string) =>
      database.prepare(
        `DELETE FROM key_package WHERE device = ?1 AND bytes IS ${condition} AND number <= (
           SELECT number FROM key_package WHERE device = ?1 AND bytes IS ${condition}
           ORDER BY number DESC LIMIT 1 OFFSET ?2)`,
      );
    this.#dropOldest = dropAllBut('NOT NULL');
    this.#dropClaimed = dropAllBut('NULL');
    this.#devicesOf = database.prepare(
      `SELECT number, id, last_resort AS lastResort FROM device
       WHERE account = ? AND active = 1 AND (not_after_ms = 0 OR not_after_ms > ?) ORDER BY number`,
    );
    this.#oldest = database.prepare(
      'SELECT number, bytes FROM key_package WHERE device = ? AND bytes IS NOT NULL ORDER BY number LIMIT 1',
    );
    this.#markClaimed = database.prepare('UPDATE key_package SET bytes = NULL WHERE number = ?');
  }

  publish(publication: KeyPackagePublication): number {
    const device = this.#accounts.findDevice(publication.deviceId);
    if (device === null || !device.active) return 0;
    for (const bytes of publication.keyPackages) {
      this.#insert.run(device.number, createHash('sha256').update(bytes).digest(), bytes);
    }
    if (publication.lastResort !== null) this.#setLastResort.run(publication.lastResort, device.number);
    this.#dropOldest.run(device.number, limits.keyPackagesPerDevice);
    this.#dropClaimed.run(device.number, claimedHashesKept);
    return this.#unclaimed(device.number);
  }

  claim(claim: KeyPackageClaim): Outcome<ClaimResult, ClaimError> {
    const accounts = new Map<AccountId, number>();
    for (const accountId of claim.accountIds) {
      const account = this.#accounts.numberOf(accountId);
      const isClosed = account !== null && this.#accounts.isClosed(accountId);
      if (claim.isPartial && (account === null || isClosed)) continue;
      if (account === null) return refused('unknown_account');
      if (isClosed) return refused('account_closed');
      accounts.set(accountId, account);
    }
    const chosen: {
      accountId: AccountId;
      deviceId: DeviceId;
      device: number;
      number: number | null;
      keyPackage: Uint8Array;
    }[] = [];
    for (const [accountId, account] of accounts) {
      const devices = this.#devicesOf
        .all(account, claim.nowMs)
        .map((row) => ({ ...row, deviceId: (row.id as Uint8Array).toHex() as DeviceId }))
        .filter((device) => device.deviceId !== claim.claimant);
      const found = devices.flatMap(
        ({ number, lastResort, deviceId }: Record<string, unknown> & { deviceId: DeviceId }) => {
          const oldest = this.#oldest.get(number as number);
          const keyPackage = (oldest?.bytes ?? lastResort) as Uint8Array | null;
          if (keyPackage === null) return [];
          const claimed = (oldest?.number as number | undefined) ?? null;
          return [{ accountId, deviceId, device: number as number, number: claimed, keyPackage }];
        },
      );
      // Some without a package join by themselves; an account without any cannot be reached.
      if (found.length === 0 && !claim.isPartial && !this.#onlyClaimant(accountId, claim, devices.length))
        return refused('no_key_package');
      chosen.push(...found);
    }
    const sizeBytes = chosen.reduce((sum, { keyPackage }) => sum + keyPackage.length, 0);
    // They are answered in one frame: fewer accounts at a time fit.
    if (sizeBytes > limits.serverFrameSizeBytes / 2) {
      return refused('too_many', { limit: Math.max(1, Math.floor(claim.accountIds.length / 2)) });
    }
    for (const { number } of chosen) if (number !== null) this.#markClaimed.run(number);
    const low = chosen
      .map(({ deviceId, device }) => ({ deviceId, remaining: this.#unclaimed(device) }))
      .filter(({ remaining }) => remaining < limits.keyPackagesLow);
    return done({
      claimed: chosen.map(({ accountId, deviceId, keyPackage }) => ({ accountId, deviceId, keyPackage })),
      low,
    });
  }

  #onlyClaimant(accountId: AccountId, claim: KeyPackageClaim, others: number): boolean {
    return others === 0 && this.#accounts.findDevice(claim.claimant)?.accountId === accountId;
  }

  #unclaimed(device: number): number {
    return this.#count.get(device)?.unclaimed as number;
  }
}
