/**
 * Tells the server that messages need their blobs no longer: own ones were deleted for everyone, or everybody has looked at
 * them as often as they may; or messages have disappeared, or were looked at so often, for this account. Stored until it is told, because that may be much
 * later.
 */
import { idToBytes, Connection as Methods } from '@sotto/protocol';
import { waitingOrderBase } from '../api.ts';
import { type ConversationKey, conversationByKey } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Sql } from '../ports.ts';

const releasedAtOnce = 200;

/**
 * In the transaction that lets go of the message; `order`: its place in the log. `whose`: for whom, everyone (own messages
 * only) or this account. `tellReleases` is to follow.
 */
export function releaseBlobs(
  sql: Sql,
  conversation: ConversationKey,
  order: number,
  whose: 'everyone' | 'account',
): void {
  if (order < 1 || order >= waitingOrderBase) return;
  sql.run(
    `INSERT INTO blob_release (conversation, seq, for_account) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET for_account = min(for_account, excluded.for_account)`,
    conversation,
    order,
    Number(whose === 'account'),
  );
}

/** Resolves once nothing is left to tell, or it cannot be told now. */
export async function tellReleases(device: DeviceContext): Promise<void> {
  for (;;) {
    const due = device.database.read((sql) =>
      sql.all(
        `SELECT conversation, seq, for_account FROM blob_release WHERE (conversation, for_account) =
           (SELECT conversation, for_account FROM blob_release ORDER BY conversation, for_account LIMIT 1)
         ORDER BY seq LIMIT ?`,
        releasedAtOnce,
      ),
    );
    const [first] = due;
    if (first === undefined) return;
    const conversation = first.conversation as ConversationKey;
    const seqs = due.map(({ seq }) => seq as number);
    const logId = device.database.read((sql) => conversationByKey(sql, conversation)?.logId ?? null);
    if (logId !== null) {
      const result = await device.connection.call(Methods.method.releaseBlobs, {
        conversationId: idToBytes(logId),
        seqs: seqs.map(BigInt),
        forAccount: first.for_account === 1,
      });
      if (result.kind === 'lost') return;
      // Who is no longer a member cannot tell, and need not: whatever else the server says is not mended by asking again.
      if (
        result.kind === 'error' &&
        (result.error.code === 'rate_limited' || result.error.code === 'unavailable')
      )
        return;
    }
    await device.steps.run((step) =>
      step.commit((sql) => {
        for (const seq of seqs) {
          // What was stored for everyone meanwhile is told next.
          sql.run(
            'DELETE FROM blob_release WHERE conversation = ? AND seq = ? AND for_account = ?',
            conversation,
            seq,
            first.for_account as number,
          );
        }
      }),
    );
  }
}
