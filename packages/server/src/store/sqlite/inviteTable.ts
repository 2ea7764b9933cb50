/** `invite`. Only hashes of tokens are kept: who reads the database cannot use them. */
import type { DatabaseSync } from 'node:sqlite';
import { type AccountId, idToBytes } from '@sotto/protocol';
import { done, type Outcome, refused } from '../../outcome.ts';
import type { InviteRecord, NewAccount, NewInvite } from '../store.ts';

export class InviteTable {
  readonly #insert;
  readonly #find;
  readonly #markUsed;
  readonly #deleteExpired;
  readonly #countOpen;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      `INSERT INTO invite (token_hash, account, expires_at_ms, used)
       VALUES (?, (SELECT number FROM account WHERE id = ?), ?, 0) ON CONFLICT DO NOTHING`,
    );
    this.#find = database.prepare(
      `SELECT account.id AS accountId, account.username AS username, used
       FROM invite LEFT JOIN account ON account.number = invite.account
       WHERE token_hash = ? AND (expires_at_ms IS NULL OR expires_at_ms > ?)`,
    );
    this.#markUsed = database.prepare('UPDATE invite SET used = 1 WHERE token_hash = ?');
    this.#deleteExpired = database.prepare('DELETE FROM invite WHERE expires_at_ms <= ?');
    this.#countOpen = database.prepare(
      'SELECT count(*) AS open FROM invite WHERE account = (SELECT number FROM account WHERE id = ?)',
    );
  }

  create(invite: NewInvite): Outcome<null, 'too_many'> {
    this.#deleteExpired.run(invite.nowMs);
    const account = invite.accountId === null ? null : idToBytes(invite.accountId);
    if (account !== null && (this.#countOpen.get(account)?.open as number) >= invite.maxOpen) {
      return refused('too_many', { limit: invite.maxOpen });
    }
    this.#insert.run(invite.tokenHash, account, invite.expiresAtMs);
    return done(null);
  }

  find(tokenHash: Uint8Array, nowMs: number): InviteRecord | null {
    const row = this.#find.get(tokenHash, nowMs);
    if (row === undefined) return null;
    const accountId = row.accountId as Uint8Array | null;
    return {
      accountId: accountId === null ? null : (accountId.toHex() as AccountId),
      username: row.username as string | null,
      registers: row.used === 0,
    };
  }

  /** Spends the invite that `account` was created with; without need of one, a bad one is passed over. */
  use(account: NewAccount): Outcome<null, 'invite_needed' | 'invite_invalid'> {
    if (account.inviteTokenHash === null) return account.inviteNeeded ? refused('invite_needed') : done(null);
    const invite = this.find(account.inviteTokenHash, account.nowMs);
    if (invite?.registers === true) this.#markUsed.run(account.inviteTokenHash);
    else if (account.inviteNeeded) return refused('invite_invalid');
    return done(null);
  }
}
