import type { GalleryQuery } from '../apiMedia.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import { findMessageAt, type MessageRow } from '../messages/messageTable.ts';
import type { Sql } from '../ports.ts';

const kindsOf: Record<Exclude<GalleryQuery['kind'], 'links'>, readonly string[]> = {
  media: ['photo', 'video'],
  files: ['file', 'audio'],
  voice: ['voice'],
};

/** SQL: any sign but a space or a line's end, and whatever is behind it. */
const notSpace = `'[^ ' || char(10) || ']*'`;

/** Messages that hold what is looked for, the newest first; one more than `limit` where there are more. */
export function readGallery(
  sql: Sql,
  conversation: ConversationKey,
  { kind, beforeOrder = Number.MAX_SAFE_INTEGER, limit }: Omit<GalleryQuery, 'conversationId'>,
): MessageRow[] {
  const found =
    kind === 'links'
      ? sql.all(
          `SELECT ord FROM message WHERE conversation = ? AND ord < ? AND body_kind = 'text'
             AND (lower(detail) GLOB '*http://' || ${notSpace} OR lower(detail) GLOB '*https://' || ${notSpace})
           ORDER BY ord DESC LIMIT ?`,
          conversation,
          beforeOrder,
          limit + 1,
        )
      : sql.all(
          // What is limited is not looked at by the way.
          `SELECT ord FROM message WHERE conversation = ?1 AND ord < ?2 AND body_kind = 'text' AND message_id IN
             (SELECT message_id FROM attachment WHERE conversation = ?1 AND kind IN (?3, ?4) AND view_state IS NULL)
           ORDER BY ord DESC LIMIT ?5`,
          conversation,
          beforeOrder,
          kindsOf[kind][0] ?? '',
          kindsOf[kind][1] ?? '',
          limit + 1,
        );
  return found.flatMap(({ ord }) => findMessageAt(sql, conversation, ord as number) ?? []);
}
