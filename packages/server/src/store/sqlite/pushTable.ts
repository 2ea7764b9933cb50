/** Where devices are woken (spec/push.md). Invariant: only devices that their account still has. */
import type { DatabaseSync } from 'node:sqlite';
import { type AccountId, type ConversationId, type DeviceId, idToBytes } from '@sotto/protocol';
import { logKindOf } from '../../log/logKey.ts';
import type { PushTarget } from '../store.ts';

export class PushTable {
  readonly #set;
  readonly #clear;
  readonly #clearIf;
  readonly #ofConversation;

  constructor(database: DatabaseSync) {
    const number = '(SELECT number FROM device WHERE id = ?)';
    this.#set = database.prepare(
      `INSERT INTO push_target (device, endpoint) SELECT number, ? FROM device WHERE id = ? AND active = 1
       ON CONFLICT (device) DO UPDATE SET endpoint = excluded.endpoint`,
    );
    this.#clear = database.prepare(`DELETE FROM push_target WHERE device = ${number}`);
    this.#clearIf = database.prepare(`DELETE FROM push_target WHERE device = ${number} AND endpoint = ?`);
    this.#ofConversation = database.prepare(
      `SELECT device.id, account.id AS accountId, endpoint FROM push_target
         JOIN device ON device.number = push_target.device
         JOIN account ON account.number = device.account
         JOIN member_device ON member_device.device = device.number
       WHERE member_device.conversation = (SELECT number FROM log WHERE kind = ? AND id = ?)
         AND removed_seq IS NULL AND device.account <> (SELECT number FROM account WHERE id = ?)`,
    );
  }

  /** Null: no more. */
  set(deviceId: DeviceId, endpoint: string | null): void {
    if (endpoint === null) this.#clear.run(idToBytes(deviceId));
    else this.#set.run(endpoint, idToBytes(deviceId));
  }

  /** Unless the device has named another one since. */
  clear({ deviceId, endpoint }: PushTarget): void {
    this.#clearIf.run(idToBytes(deviceId), endpoint);
  }

  /** Of devices that are members now, but for those of `except`. */
  ofConversation(conversationId: ConversationId, except: AccountId): PushTarget[] {
    return this.#ofConversation
      .all(
        logKindOf({ kind: 'conversation', id: conversationId }),
        idToBytes(conversationId),
        idToBytes(except),
      )
      .map((row) => ({
        accountId: (row.accountId as Uint8Array).toHex() as AccountId,
        deviceId: (row.id as Uint8Array).toHex() as DeviceId,
        endpoint: row.endpoint as string,
      }));
  }
}
