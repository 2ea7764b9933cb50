import type { AccountId, DeviceId } from '@sotto/protocol';
import type { Sql } from '../ports.ts';

/** Whose database this is: the row that makes it a signed-in device. Secret: `seed`, `lockKey`. */
export interface DeviceRow {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly username: string;
  /** Ed25519 seed of the device's key, 32 bytes. */
  readonly seed: Uint8Array;
  /** Encoded DeviceCredential. */
  readonly credential: Uint8Array;
  readonly serverId: Uint8Array;
  /** Seals the database when the device signs out, 32 bytes. */
  readonly lockKey: Uint8Array;
  /**
   * `enrolling`: the server may or may not have the chain entry that brings the device. `removed`: the chain
   * no longer lists it. `closed`: another account took the place of its account, as the server says.
   */
  readonly state: 'enrolling' | 'enrolled' | 'removed' | 'closed';
}

export function readDevice(sql: Sql): DeviceRow | null {
  const row = sql.get('SELECT * FROM device');
  if (row === undefined) return null;
  return {
    accountId: row.account_id as AccountId,
    deviceId: row.device_id as DeviceId,
    username: row.username as string,
    seed: row.seed as Uint8Array,
    credential: row.credential as Uint8Array,
    serverId: row.server_id as Uint8Array,
    lockKey: row.lock_key as Uint8Array,
    state: row.state as DeviceRow['state'],
  };
}

/** An enrolment that was made anew takes the place of the one before. */
export function insertDevice(sql: Sql, device: DeviceRow): void {
  sql.run(
    `INSERT OR REPLACE INTO device (only, account_id, device_id, username, seed, credential, server_id, lock_key, state)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)`,
    device.accountId,
    device.deviceId,
    device.username,
    device.seed,
    device.credential,
    device.serverId,
    device.lockKey,
    device.state,
  );
}

export function setDeviceState(sql: Sql, state: DeviceRow['state']): void {
  sql.run('UPDATE device SET state = ?', state);
}

export function readInboxCursor(sql: Sql): number {
  return Number(sql.get('SELECT inbox_cursor FROM device')?.inbox_cursor ?? 0);
}

export function setInboxCursor(sql: Sql, seq: number): void {
  sql.run('UPDATE device SET inbox_cursor = ?', seq);
}
