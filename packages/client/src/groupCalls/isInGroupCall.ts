import type { AccountId, CallId } from '@sotto/protocol';
import type { Sql } from '../ports.ts';
import { openGroupCalls } from './groupCallTable.ts';

/** Whether this account is in a call of a group, here or on another of its devices; `except`: in another one than those. */
export function isInGroupCall(
  sql: Sql,
  self: AccountId,
  except: readonly (CallId | undefined)[] = [],
): boolean {
  return openGroupCalls(sql).some(
    ({ state: { callId, own, log } }) =>
      !except.includes(callId) &&
      (own !== null || log?.members.some(({ accountId }) => accountId === self) === true),
  );
}

/** Whether this device is in one, or about to be. */
export function isHereInGroup(sql: Sql): boolean {
  return openGroupCalls(sql).some(({ state }) => state.own !== null);
}
