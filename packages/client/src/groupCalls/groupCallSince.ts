/** What was said of a call since a device reads, kept until it is told a roster (spec/groupCalls.md, "Who came later"). */
import type { AccountId } from '@sotto/protocol';
import type { GroupCallMessage } from './groupCallMessage.ts';
import { type GroupCallState, type SaidIn, sinceKept } from './groupCallState.ts';

/** With one more; the oldest give way. */
export function sinceWith(
  { since: before }: GroupCallState,
  message: GroupCallMessage,
  entry: SaidIn,
): GroupCallState['since'] {
  const since = [...before, { message: kept(message), entry }];
  let size = since.reduce((sum, said) => sum + sizeOf(said.message), 0);
  while (size > sinceKept && since[0] !== undefined) size -= sizeOf(since.shift()!.message);
  return since;
}

/** Whether it stands in the log, and no word that this device left. */
export const isJoined = ({ own, since }: GroupCallState): boolean =>
  own !== null && since.some(({ message }) => message.kind === 'join' && message.joinId === own.joinId);

/** Whether somebody joined since this device reads, and is not said to be gone. */
export function isSomebodyIn({ since }: GroupCallState): boolean {
  const joins = new Map<AccountId, string>();
  for (const { message, entry } of since) {
    if (message.kind === 'join') joins.set(entry.sender.accountId, message.joinId);
    else if (message.kind === 'leave') {
      for (const [account, joinId] of joins) if (joinId === message.joinId) joins.delete(account);
    } else if (message.kind === 'control' && message.control.kind === 'remove') {
      joins.delete(message.control.accountId);
    }
  }
  return joins.size > 0;
}

/** A roster says nothing that is read later. */
const kept = (message: GroupCallMessage): GroupCallMessage =>
  message.kind === 'keys' ? { ...message, roster: null } : message;

const sizeOf = (message: GroupCallMessage): number =>
  message.kind === 'keys' ? 1 + message.shares.length : 1;
