import { isHistoryOn, maxPassedOver, type Policy } from '@sotto/crypto';
import { type AccountId, GroupDetailsSchema, idToBytes, Connection as Methods } from '@sotto/protocol';
import { hasViewsLeft } from '../attachments/attachmentTable.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import {
  type ConversationKey,
  type ConversationRow,
  conversationByKey,
  updateConversation,
} from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { breakOffGroupCalls } from '../groupCalls/applyGroupCall.ts';
import { noteLogMissed } from '../groupCalls/missedCallsTable.ts';
import { readGroupDetails } from '../groups/groupInfoTable.ts';
import { readPending } from '../groups/groupTable.ts';
import { spanBelow } from '../history/spanTable.ts';
import { LogCheck } from '../integrity/logCheck.ts';
import { newestReceivedUpTo } from '../messages/messageTable.ts';
import { acceptedUpTo } from '../outbox/outboxTable.ts';
import { placePassedItem } from '../outbox/placePassedItem.ts';
import { applyEntries } from './applyEntries.ts';
import { decodeEntry, seqOf } from './entry.ts';
import { readPassedOver, setPassedOver } from './passedOverTable.ts';
import { type EntryEffect, type ReadEntries, readEntries } from './readEntries.ts';

/** Logs that are so far behind, all together, are not read entry by entry; and each of them at least so far. */
const defaultFarEntries = { inAll: 1000, inOne: 32 };

/** Which logs to take over their commits alone: where so much was said meanwhile that reading it would take long. */
export function farBehind(
  logs: readonly { readonly key: ConversationKey; readonly cursor: number; readonly headSeq: number }[],
  { inAll, inOne } = defaultFarEntries,
): Set<ConversationKey> {
  const behind = logs.map(({ key, cursor, headSeq }) => ({ key, entries: Math.max(0, headSeq - cursor) }));
  const total = behind.reduce((sum, { entries }) => sum + entries, 0);
  if (total <= inAll) return new Set();
  return new Set(behind.filter(({ entries }) => entries > inOne).map(({ key }) => key));
}

/**
 * Moves the group of a conversation to where its log is by the log's commits alone, after its newest page was read from
 * history (spec/sync.md §Long absences). Entries passed over are read back as history; senders may be ahead by as many.
 * Ends, in any case, where the log can be read on entry by entry: with what could be moved. Never passes over what
 * history cannot give.
 */
export async function fastForward(device: DeviceContext, key: ConversationKey): Promise<void> {
  const settled = new Set<AccountId>();
  for (let row = conversationOf(device, key); row !== null; row = conversationOf(device, key)) {
    const target = newestHere(device, row);
    if (row.logId === null || target <= row.cursor) return;
    const result = await device.connection.call(Methods.method.readCommits, {
      conversationId: idToBytes(row.logId),
      afterSeq: BigInt(row.cursor),
    });
    if (result.kind !== 'answer') return;
    const throughSeq = seqOf(result.value.throughSeq) ?? 0;
    const outcome = await device.steps.run((step) =>
      moveOver(device, step, key, result.value.entries, Math.min(throughSeq, target), settled),
    );
    if (outcome.kind === 'chains') {
      if (!(await device.directory.refresh(outcome.wanted))) return;
      for (const account of outcome.wanted) settled.add(account);
    } else if (outcome.kind === 'stopped') return;
  }
}

type Moved =
  | { readonly kind: 'moved' | 'stopped' }
  | { readonly kind: 'chains'; readonly wanted: ReadonlySet<AccountId> };

/** One answer's commits, in order; then up to `throughSeq`, where there are no others. */
async function moveOver(
  device: DeviceContext,
  step: Step,
  key: ConversationKey,
  received: readonly Uint8Array[],
  throughSeq: number,
  settled: ReadonlySet<AccountId>,
): Promise<Moved> {
  const { row, pending, first, before } = step.read((sql) => ({
    row: conversationByKey(sql, key),
    pending: readPending(sql, key),
    first: device.groups.get(sql, key),
    before: readPassedOver(sql, key),
  }));
  if (row === null || row.state !== 'ready' || row.broken || first === null) return { kind: 'stopped' };
  if (throughSeq <= row.cursor || !isPassable(first.policy)) return { kind: 'stopped' };
  // `Viewed` is not kept: passed over, it would be looked at too often here, or its key would stay.
  if (step.read((sql) => hasViewsLeft(sql, key))) return { kind: 'stopped' };
  const moves: { readonly effect: EntryEffect; readonly check: LogCheck }[] = [];
  const states = [first];
  let details = step.read((sql) => readGroupDetails(sql, key));
  let cursor = row.cursor;
  let passedEntries = before.epoch === first.epoch ? before.entries : 0;
  for (const bytes of received) {
    const seq = decodeEntry(device.provider, bytes)?.seq ?? 0;
    if (seq <= cursor || seq > throughSeq) break;
    const read: ReadEntries = await readEntries(device, [bytes], {
      cursor: seq - 1,
      group: states.at(-1)!,
      pending,
      // What chains have grown by on this connection may be newer than all that was missed.
      lookups: device.directory.lookups(settled, 0),
      settled,
      acceptMalformed: false,
      details: () => details,
    });
    if (read.stopped === 'chains') return { kind: 'chains', wanted: read.wanted };
    const [effect] = read.effects;
    const next = read.states.at(-1);
    // Whatever else it is, is judged where entries are read one by one.
    if ((effect?.kind !== 'commit' && effect?.kind !== 'ownCommit') || next === undefined) break;
    if (!isPassable(next.policy)) break;
    const told = effect.group?.details;
    if (told != null) details = decodeMessage(GroupDetailsSchema, told);
    moves.push({ effect, check: new LogCheck(device.provider, step, row, read.effects, []) });
    states.push(next);
    cursor = seq;
    passedEntries = 0;
  }
  const isWhole = moves.length === received.length;
  const passed = passedEntries + (throughSeq - cursor);
  // Beyond that, each message of a sender would cost too much to reach.
  const goesOn = isWhole && passed <= maxPassedOver;
  const target = goesOn ? throughSeq : cursor;
  const group = states.at(-1)!;
  if (target === row.cursor) return { kind: 'stopped' };
  await step.commit((sql, changes) => {
    if (group !== first) device.groups.store(sql, key, group);
    for (const { effect, check } of moves) {
      updateConversation(sql, key, { cursor: effect.entry.seq - 1 });
      applyEntries(device, sql, changes, key, [effect]);
      check.store(sql, changes, device.clock.now());
    }
    const ownDelivered = Math.max(row.ownDelivered, newestReceivedUpTo(sql, key, target));
    updateConversation(sql, key, { cursor: target, ownDelivered });
    const present = conversationByKey(sql, key);
    // What was said of them is passed over.
    if (present !== null) breakOffGroupCalls({ device, sql, changes, row: present }, { kind: 'lost' });
    noteLogMissed(sql, key, device.serverClock.nowMs());
    setPassedOver(sql, key, { epoch: group.epoch, entries: goesOn ? passed : passedEntries });
    for (const { item, seq } of acceptedUpTo(sql, key, target)) {
      placePassedItem(sql, changes, device, row, item, seq);
    }
    changes.conversation(row.conversationId);
  });
  if (group !== first) device.groups.replaced(key, states);
  return { kind: goesOn ? 'moved' : 'stopped' };
}

function conversationOf(device: DeviceContext, key: ConversationKey): ConversationRow | null {
  const row = device.database.read((sql) => conversationByKey(sql, key));
  return row?.state === 'ready' && device.connection.isReady ? row : null;
}

/** The newest entry that is here: the end of the page that was read first. */
function newestHere(device: DeviceContext, { key }: ConversationRow): number {
  return device.database.read((sql) => spanBelow(sql, key, Number.MAX_SAFE_INTEGER))?.toSeq ?? 0;
}

/** Only what history keeps can be read later: not what disappears. */
function isPassable(policy: Policy): boolean {
  return isHistoryOn(policy) && policy.timerSeconds === 0;
}
