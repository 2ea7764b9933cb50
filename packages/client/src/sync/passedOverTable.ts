import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

/** Entries of one epoch that the group has not read: so much further ahead their senders may be. */
export interface PassedOver {
  readonly epoch: bigint;
  readonly entries: number;
}

/** For the schema: see database/migrations.ts. */
export const passedOverMigration = `
ALTER TABLE conversation ADD COLUMN passed_epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN passed_entries INTEGER NOT NULL DEFAULT 0;
`;

export function readPassedOver(sql: Sql, key: ConversationKey): PassedOver {
  const row = sql.get('SELECT passed_epoch, passed_entries FROM conversation WHERE key = ?', key);
  return { epoch: BigInt((row?.passed_epoch as number) ?? 0), entries: Number(row?.passed_entries ?? 0) };
}

export function setPassedOver(sql: Sql, key: ConversationKey, { epoch, entries }: PassedOver): void {
  sql.run(
    'UPDATE conversation SET passed_epoch = ?, passed_entries = ? WHERE key = ?',
    Number(epoch),
    entries,
    key,
  );
}
