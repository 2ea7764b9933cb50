import type { ConversationId } from '@sotto/protocol';
import type { DeviceContext } from '../device/deviceContext.ts';

const limit = 50;

/** Groups that have a member whose name has `text` in it, those in which something happened last first. */
export async function findGroupsByMember(
  device: DeviceContext,
  text: string,
): Promise<readonly ConversationId[]> {
  // A part of a name need not be one: what no name can have in it finds nothing.
  const part = text.trim().toLowerCase().replaceAll('%', '').replaceAll('_', '\\_');
  if (part === '') return [];
  return device.database.read((sql) =>
    sql
      .all(
        `SELECT DISTINCT conversation_id FROM account
           JOIN group_member USING (account_id) JOIN conversation ON key = conversation
         WHERE is_member = 1 AND username LIKE ? ESCAPE '\\' ORDER BY last_activity_ms DESC LIMIT ?`,
        `%${part}%`,
        limit,
      )
      .map((row) => row.conversation_id as ConversationId),
  );
}
