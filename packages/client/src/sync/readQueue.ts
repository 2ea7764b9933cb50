import { type AccountId, type ConversationId, limits } from '@sotto/protocol';
import { type ConversationKey, conversationByKey } from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { readGroupDetails } from '../groups/groupInfoTable.ts';
import { readPending } from '../groups/groupTable.ts';
import { loseGroup } from '../groups/loseGroup.ts';
import type { DepositCheck } from '../history/depositCheck.ts';
import { readKeyring } from '../history/readKeyring.ts';
import type { Reopening } from '../history/reopening.ts';
import { LogCheck, type SeenClaim } from '../integrity/logCheck.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import { applyEntries } from './applyEntries.ts';
import type { LogReader } from './logReader.ts';
import { readPassedOver } from './passedOverTable.ts';
import { type EntryEffect, readEntries } from './readEntries.ts';
import { readInboxEntry } from './readInbox.ts';
import { inboxKey, keyringKey } from './unreadableTable.ts';

/** What reading a log sets going. */
export interface QueueWork {
  readonly device: DeviceContext;
  readonly listener: { read(conversation: ConversationId, effects: readonly EntryEffect[]): void };
  readonly acknowledgements: Acknowledgements;
  readonly reopening: Reopening;
  readonly depositCheck: DepositCheck;
  /** The inbox made this device a member. */
  joined(key: ConversationKey): void;
  /** It was to, and could not. */
  missed(): void;
}

/** Why it stopped before the end of what was pushed. */
export type Stopped =
  | { readonly kind: 'no' | 'gap' | 'malformed' | 'ended' }
  | { readonly kind: 'chains'; readonly wanted: ReadonlySet<AccountId> };

/** Takes what it can of what was pushed of a log, in one step: see sync.ts for what comes of the outcome. */
export function readQueue(
  work: QueueWork,
  log: LogReader,
  settled: ReadonlySet<AccountId>,
): Promise<Stopped> {
  switch (log.key) {
    case inboxKey:
      return takeInboxEntry(work, log, settled);
    case keyringKey:
      return takeKeyring(work, log);
    default:
      return takeConversation(work, log, log.key, settled);
  }
}

async function takeKeyring({ device, reopening }: QueueWork, log: LogReader): Promise<Stopped> {
  const entries = log.queue.slice(0, limits.entriesPerPush);
  const context = { provider: device.provider, nowMs: device.clock.now() };
  const outcome = await device.steps.run((step) => readKeyring(context, step, entries, log.stuck >= 2));
  if (outcome.kind !== 'taken') return { kind: outcome.kind };
  if (outcome.hasDeposits) reopening.wake();
  if (outcome.hasGaps) device.history.fetchBetween();
  log.queue.splice(0, outcome.consumed);
  log.cursor = outcome.seq;
  return { kind: 'no' };
}

async function takeConversation(
  { device, listener, acknowledgements, reopening, depositCheck }: QueueWork,
  log: LogReader,
  key: ConversationKey,
  settled: ReadonlySet<AccountId>,
): Promise<Stopped> {
  const { queue } = log;
  const entries = queue.slice(0, limits.entriesPerPush);
  const outcome = await device.steps.run(async (step): Promise<Stopped> => {
    const { row, pending, group } = step.read((sql) => ({
      row: conversationByKey(sql, key),
      pending: readPending(sql, key),
      group: device.groups.get(sql, key),
    }));
    if (row === null || row.state !== 'ready') return { kind: 'ended' };
    if (group === null && !row.broken) {
      await loseGroup(step, row);
      return { kind: 'no' };
    }
    log.cursor = row.cursor;
    const read = await readEntries(device, entries, {
      cursor: row.cursor,
      group,
      pending,
      lookups: device.directory.lookups(settled, log.chainMark),
      settled,
      acceptMalformed: log.stuck >= 2,
      details: () => step.read((sql) => readGroupDetails(sql, key)),
      passedOver: step.read((sql) => readPassedOver(sql, key)),
    });
    if (read.effects.length > 0) {
      const checked = new LogCheck(device.provider, step, row, read.effects, claimsOf(read.effects));
      await step.commit((sql, changes) => {
        const newest = read.states.at(-1);
        if (newest !== undefined) device.groups.store(sql, key, newest);
        applyEntries(device, sql, changes, key, read.effects);
        checked.storeMissing(sql, row.cursor);
        checked.store(sql, changes, device.clock.now());
      });
      device.groups.replaced(key, read.states);
      listener.read(row.conversationId, read.effects);
      if (await hasUnlistedJoiner(device, read.effects)) device.checkDevices(key);
      if (read.effects.some(({ kind }) => kind === 'commit' || kind === 'ownCommit')) depositCheck.wake();
      // What could not be followed before is of no use to the group any more; history may open it.
      if (read.effects.some((effect) => effect.kind === 'ownCommit' && effect.purpose === 'heal'))
        reopening.wake();
      if (read.effects.some((effect) => mayBeGone(device, effect)))
        device.database.settle().catch(device.caught);
      log.cursor = read.effects.at(-1)?.entry.seq ?? log.cursor;
      acknowledgements.add(log);
    }
    queue.splice(0, read.consumed);
    if (read.removed) return { kind: 'ended' };
    return read.stopped === 'chains' ? { kind: 'chains', wanted: read.wanted } : { kind: read.stopped };
  });
  device.wake(key);
  return outcome;
}

async function takeInboxEntry(
  { device, acknowledgements, joined, missed }: QueueWork,
  log: LogReader,
  settled: ReadonlySet<AccountId>,
): Promise<Stopped> {
  const { queue } = log;
  const [bytes] = queue;
  if (bytes === undefined) return { kind: 'no' };
  const outcome = await device.steps.run((step) =>
    readInboxEntry(device, step, bytes, { settled, acceptMalformed: log.stuck >= 2 }),
  );
  switch (outcome.kind) {
    case 'gap':
    case 'malformed':
      return { kind: outcome.kind };
    case 'chains':
      return outcome;
    case 'duplicate':
      queue.shift();
      return { kind: 'no' };
    case 'taken':
      queue.shift();
      log.cursor = outcome.seq;
      acknowledgements.add(log);
      if (outcome.joined !== null) joined(outcome.joined);
      if (outcome.isMissed === true) missed();
      // Others that came with it may be for the same.
      if (queue.length === 0) device.keyPackages.renewLastResort().catch(device.caught);
      return { kind: 'no' };
  }
}

/** A message that may be over as it comes: what opened it, or would have, is not to stay in the journal. */
function mayBeGone({ serverClock }: DeviceContext, { entry }: EntryEffect): boolean {
  return entry.isPassing && entry.acceptedAtMs + limits.timerSeconds.min * 1000 <= serverClock.nowMs();
}

/** What members say in these entries to have seen of the log. */
function claimsOf(effects: readonly EntryEffect[]): SeenClaim[] {
  return effects.flatMap((effect) => {
    if (!('seen' in effect) || effect.seen === null) return [];
    return [{ accountId: effect.sender.accountId, atSeq: effect.entry.seq, seen: effect.seen }];
  });
}

/** Whether a device came that was removed since: before anything is said to it, it is taken out. */
async function hasUnlistedJoiner(device: DeviceContext, effects: readonly EntryEffect[]): Promise<boolean> {
  for (const effect of effects) {
    for (const { accountId, deviceId } of effect.kind === 'commit' ? effect.joined : []) {
      if ((await device.directory.chain(accountId))?.devices.has(deviceId) !== true) return true;
    }
  }
  return false;
}
