/** `invite_preview` and `join_request` (spec/server.md §Joining by link). One request of an account to a conversation. */
import type { DatabaseSync } from 'node:sqlite';
import { type AccountId, type ConversationId, type InviteId, idToBytes, limits } from '@sotto/protocol';
import { done, type Outcome, refused } from '../../outcome.ts';
import type { JoinRequestRecord } from '../joinStore.ts';

export interface PreviewRow {
  readonly conversation: number;
  readonly conversationId: ConversationId;
  readonly sealed: Uint8Array;
}

export class JoinTables {
  readonly #deleteExpired;
  readonly #countPreviews;
  readonly #putPreview;
  readonly #findPreview;
  readonly #dropPreview;
  readonly #dropRequestsBy;
  readonly #deleteOld;
  readonly #countRequests;
  readonly #putRequest;
  readonly #listRequests;
  readonly #dropRequest;

  constructor(database: DatabaseSync) {
    this.#deleteExpired = database.prepare('DELETE FROM invite_preview WHERE expires_at_ms <= ?');
    this.#countPreviews = database.prepare(
      'SELECT count(*) AS previews FROM invite_preview WHERE conversation = ? AND id <> ?',
    );
    this.#putPreview = database.prepare(
      'INSERT OR REPLACE INTO invite_preview (id, conversation, sealed, expires_at_ms) VALUES (?, ?, ?, ?)',
    );
    this.#findPreview = database.prepare(
      `SELECT conversation, log.id AS conversationId, sealed FROM invite_preview
       JOIN log ON log.number = invite_preview.conversation
       WHERE invite_preview.id = ? AND (expires_at_ms IS NULL OR expires_at_ms > ?)`,
    );
    this.#dropPreview = database.prepare('DELETE FROM invite_preview WHERE id = ? AND conversation = ?');
    this.#dropRequestsBy = database.prepare('DELETE FROM join_request WHERE conversation = ? AND invite = ?');
    this.#deleteOld = database.prepare(
      'DELETE FROM join_request WHERE conversation = ? AND requested_at_ms <= ?',
    );
    this.#countRequests = database.prepare(
      'SELECT count(*) AS requests FROM join_request WHERE conversation = ? AND account <> ?',
    );
    this.#putRequest = database.prepare(
      `INSERT OR REPLACE INTO join_request (conversation, account, invite, sealed, requested_at_ms)
       VALUES (?, ?, ?, ?, ?)`,
    );
    this.#listRequests = database.prepare(
      `SELECT account.id AS accountId, invite, sealed, requested_at_ms AS requestedAtMs
       FROM join_request JOIN account ON account.number = join_request.account
       WHERE conversation = ? AND requested_at_ms > ? ORDER BY requested_at_ms`,
    );
    this.#dropRequest = database.prepare(
      'DELETE FROM join_request WHERE conversation = ? AND account = (SELECT number FROM account WHERE id = ?)',
    );
  }

  putPreview(
    conversation: number,
    inviteId: InviteId,
    { sealed, expiresAtMs, nowMs }: { sealed: Uint8Array; expiresAtMs: number; nowMs: number },
  ): Outcome<null, 'invite_invalid' | 'too_many'> {
    this.#deleteExpired.run(nowMs);
    const id = Uint8Array.fromHex(inviteId);
    const present = this.findPreview(inviteId, nowMs);
    if (present !== null && present.conversation !== conversation) return refused('invite_invalid');
    const limit = limits.invitePreviewsPerConversation;
    if ((this.#countPreviews.get(conversation, id)?.previews as number) >= limit) {
      return refused('too_many', { limit });
    }
    this.#putPreview.run(id, conversation, sealed, expiresAtMs === 0 ? null : expiresAtMs);
    return done(null);
  }

  findPreview(inviteId: InviteId, nowMs: number): PreviewRow | null {
    const row = this.#findPreview.get(Uint8Array.fromHex(inviteId), nowMs);
    if (row === undefined) return null;
    return {
      conversation: row.conversation as number,
      conversationId: (row.conversationId as Uint8Array).toHex() as ConversationId,
      sealed: row.sealed as Uint8Array,
    };
  }

  dropPreview(conversation: number, inviteId: InviteId): void {
    const id = Uint8Array.fromHex(inviteId);
    this.#dropPreview.run(id, conversation);
    this.#dropRequestsBy.run(conversation, id);
  }

  request(
    conversation: number,
    account: number,
    { inviteId, sealed, nowMs }: { inviteId: InviteId; sealed: Uint8Array; nowMs: number },
  ): Outcome<null, 'too_many'> {
    this.#deleteOld.run(conversation, nowMs - limits.joinRequestLifetimeMs);
    const limit = limits.joinRequestsPerConversation;
    if ((this.#countRequests.get(conversation, account)?.requests as number) >= limit) {
      return refused('too_many', { limit });
    }
    this.#putRequest.run(conversation, account, Uint8Array.fromHex(inviteId), sealed, nowMs);
    return done(null);
  }

  requests(conversation: number, nowMs: number): JoinRequestRecord[] {
    return this.#listRequests.all(conversation, nowMs - limits.joinRequestLifetimeMs).map((row) => ({
      accountId: (row.accountId as Uint8Array).toHex() as AccountId,
      inviteId: (row.invite as Uint8Array).toHex() as InviteId,
      sealed: row.sealed as Uint8Array,
      requestedAtMs: row.requestedAtMs as number,
    }));
  }

  /** False where there is none. */
  dropRequest(conversation: number, accountId: AccountId): boolean {
    return this.#dropRequest.run(conversation, idToBytes(accountId)).changes === 1;
  }
}
