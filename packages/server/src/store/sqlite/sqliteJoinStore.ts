import type { AccountId, ConversationId, InviteId } from '@sotto/protocol';
import { done, type Outcome, refused } from '../../outcome.ts';
import type {
  InvitePreviewRecord,
  JoinRequestRecord,
  JoinStore,
  NewInvitePreview,
  NewJoinRequest,
} from '../joinStore.ts';
import type { LogError, MemberDeviceId } from '../store.ts';
import type { JoinTables } from './joinTables.ts';
import type { StoreAccess } from './sqliteStore.ts';

/** Invites to groups over SQLite: who may do what, over `JoinTables`. */
export class SqliteJoinStore implements JoinStore {
  readonly #tables: JoinTables;
  readonly #access: StoreAccess;

  constructor(tables: JoinTables, access: StoreAccess) {
    this.#tables = tables;
    this.#access = access;
  }

  putPreview({ by, conversationId, inviteId, ...preview }: NewInvitePreview) {
    return this.#access.write((): Outcome<null, LogError | 'invite_invalid' | 'too_many'> => {
      const member = this.#access.conversations.memberLog(conversationId, by);
      return member.kind === 'refused' ? member : this.#tables.putPreview(member.value, inviteId, preview);
    });
  }

  readPreview(inviteId: InviteId, reader: AccountId, nowMs: number) {
    return this.#access.read((): InvitePreviewRecord | null => {
      const row = this.#tables.findPreview(inviteId, nowMs);
      if (row === null) return null;
      const { conversationId, sealed } = row;
      const isMember = this.#access.conversations.hasAccount(conversationId, reader);
      return { conversationId, sealed, isMember };
    });
  }

  dropPreview(by: MemberDeviceId, conversationId: ConversationId, inviteId: InviteId) {
    return this.#access.write((): Outcome<null, LogError> => {
      const member = this.#access.conversations.memberLog(conversationId, by);
      if (member.kind === 'refused') return member;
      this.#tables.dropPreview(member.value, inviteId);
      return done(null);
    });
  }

  request({ accountId, conversationId, ...request }: NewJoinRequest) {
    return this.#access.write((): Outcome<boolean, 'invite_invalid' | 'too_many'> => {
      const preview = this.#tables.findPreview(request.inviteId, request.nowMs);
      const account = this.#access.accounts.numberOf(accountId);
      if (preview?.conversationId !== conversationId || account === null) return refused('invite_invalid');
      if (this.#access.conversations.hasAccount(conversationId, accountId)) return done(true);
      const kept = this.#tables.request(preview.conversation, account, request);
      return kept.kind === 'refused' ? kept : done(false);
    });
  }

  listRequests(by: MemberDeviceId, conversationId: ConversationId, nowMs: number) {
    return this.#access.read((): Outcome<JoinRequestRecord[], LogError> => {
      const member = this.#access.conversations.memberLog(conversationId, by);
      return member.kind === 'refused' ? member : done(this.#tables.requests(member.value, nowMs));
    });
  }

  dropRequest(by: MemberDeviceId, conversationId: ConversationId, accountId: AccountId) {
    return this.#access.write((): Outcome<boolean, LogError> => {
      const log =
        by.accountId === accountId
          ? this.#access.conversations.logNumber(conversationId)
          : this.#access.conversations.memberLog(conversationId, by);
      return log.kind === 'refused' ? log : done(this.#tables.dropRequest(log.value, accountId));
    });
  }
}
