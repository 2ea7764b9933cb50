import { type ConversationKey, conversationByKey } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { spanBelow } from '../history/spanTable.ts';
import { noState } from '../ownState/conversationState.ts';
import { readOwnState } from '../ownState/ownStateTable.ts';
import type { Sql } from '../ports.ts';
import { readClaims } from './entryHashTable.ts';
import { raiseLogAlarm } from './logAlarmTable.ts';

/**
 * What the log of a conversation reaches at least: this device has it, or had it accepted, or a member or another of the account's
 * devices has seen it. Read
 * before the server is asked, so that an honest answer is never below.
 */
export function leastHead(sql: Sql, key: ConversationKey): number {
  const accepted = sql.get(
    "SELECT max(accepted_seq) AS seq FROM outbox WHERE conversation = ? AND state = 'accepted'",
    key,
  )?.seq;
  const row = conversationByKey(sql, key);
  const own = row === null ? noState : readOwnState(sql, row);
  return Math.max(
    own.readSeq,
    ...own.members.flatMap(({ delivered, read }) => [delivered, read]),
    spanBelow(sql, key, Number.MAX_SAFE_INTEGER)?.toSeq ?? 0,
    (accepted as number | null) ?? 0,
    ...readClaims(sql, key).map(({ seq }) => seq),
  );
}

/** The server says that the log ends before what there was. */
export async function raiseShortened(
  device: DeviceContext,
  key: ConversationKey,
  headSeq: number,
): Promise<void> {
  await device.steps.run(async (step) => {
    const row = step.read((sql) => conversationByKey(sql, key));
    if (row === null) return;
    const fault = { reason: 'shortened', seq: headSeq, accountId: null } as const;
    await step.commit((sql, changes) => raiseLogAlarm(sql, changes, row, fault, device.clock.now()));
  });
}
