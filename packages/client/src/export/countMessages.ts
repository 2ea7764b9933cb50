import { waitingOrderBase } from '../api.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';

/** How many messages there are that do not disappear, on the server's log and waiting, and the newest order of the former. */
export function countMessages(
  sql: Sql,
  conversation: ConversationKey,
): { readonly accepted: number; readonly waiting: number; readonly newestAccepted: number } {
  const row = sql.get(
    `SELECT count(*) FILTER (WHERE ord < ?2) AS accepted, count(*) FILTER (WHERE ord >= ?2) AS waiting,
       coalesce(max(ord) FILTER (WHERE ord < ?2), 0) AS newest FROM message
     WHERE conversation = ?1 AND timer_seconds = 0`,
    conversation,
    waitingOrderBase,
  );
  return {
    accepted: row?.accepted as number,
    waiting: row?.waiting as number,
    newestAccepted: row?.newest as number,
  };
}
