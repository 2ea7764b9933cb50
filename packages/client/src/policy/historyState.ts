import type { Policy } from '@sotto/crypto';
import type { AccountId } from '@sotto/protocol';
import type { AccountView, HistoryStateView } from '../api.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import type { Sql } from '../ports.ts';
import { pendingChoice } from './historyChoice.ts';

/** What a conversation's view says of history. `policy`: null where this device has no group of it. */
export function historyState(
  sql: Sql,
  row: ConversationRow,
  policy: Policy | null,
  account: (id: AccountId) => AccountView,
): HistoryStateView {
  const offBy = policy?.historyOff ?? [];
  const choice = pendingChoice(sql, row);
  return {
    on: offBy.length === 0,
    offBy: offBy.map(account),
    pending: choice === null ? null : choice.off ? 'off' : 'on',
  };
}
