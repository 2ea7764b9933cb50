/**
 * Checks messages that disappear (spec/disappearing.md): that no device has them after their deadline and a second of its
 * running time, nor loses them before; that devices which came later, and the server, have nothing of them; and that
 * members agree on the timer. Deadlines are worked out here from what happened, and what each device could know of it.
 */
import {
  couldRead,
  type DisappearingRecord,
  joinedSeqs,
  type Observation,
  type SentText,
  type ServerEntry,
  type ServerLog,
  type Sighting,
  type Violation,
  type WatchedDevice,
} from './observation.ts';

/** How long the content of an entry may wait for devices (spec/log.md, "Passing entries"). */
const passingLifetimeMs = 14 * 24 * 3_600_000;
const graceMs = 1000;

interface Case {
  readonly record: DisappearingRecord;
  readonly log: ServerLog;
  readonly entry: ServerEntry;
  readonly text: SentText;
  readonly timerMs: number;
}

export function checkDisappeared(observation: Observation): Violation[] {
  const { disappearing: record, logs } = observation;
  if (record === null) return [];
  const sent = new Map(observation.sent.map((text) => [text.messageId, text]));
  const violations: Violation[] = [];
  for (const log of logs) {
    violations.push(...checkTimer(observation, record, log));
    const joined = joinedSeqs(log);
    for (const entry of log.entries) {
      const where = `log ${log.conversationId.slice(0, 8)} seq ${entry.seq}`;
      if (entry.isPassing && entry.kept)
        violations.push({ kind: 'leaked', where, detail: 'passes, and is kept' });
      violations.push(...checkServer(observation, record, log, entry, [...joined.keys()]));
      const text = sent.get(entry.messageId);
      if (text === undefined || entry.kind !== 'message') continue;
      const timerMs = timerOf(record, log, entry) * 1000;
      if (timerMs > 0 !== entry.isPassing) {
        violations.push({
          kind: 'leaked',
          where,
          detail: `under a timer of ${timerMs} ms, and does not pass`,
        });
      }
      if (timerMs === 0) continue;
      for (const device of record.devices) {
        const latest = joined.get(device.deviceId)?.latest ?? null;
        const state = observation.devices.find(({ deviceId }) => deviceId === device.deviceId);
        if (state?.sabotaged !== false) continue;
        const isShown = state.conversations.some(
          (one) =>
            one.conversationId === log.conversationId &&
            one.messages.some(({ messageId, body }) => messageId === entry.messageId && body.kind === 'text'),
        );
        violations.push(...checkDevice({ record, log, entry, text, timerMs }, device, latest, isShown));
      }
    }
    violations.push(...checkWishes(observation, record, log), ...checkDefault(record, log));
  }
  return violations;
}

/** Seconds; NaN where no member's group was seen in that epoch, which fails every comparison. */
function timerOf({ policies }: DisappearingRecord, log: ServerLog, { epoch }: ServerEntry): number {
  const found = policies.find((one) => one.conversationId === log.conversationId && one.epoch === epoch);
  return found?.seconds ?? Number.NaN;
}

/** `latest`: where it joined last; `isShown`: pages read at the end have the text. */
function checkDevice(one: Case, device: WatchedDevice, latest: number | null, isShown: boolean): Violation[] {
  const { record, log, entry, timerMs } = one;
  const violations: Violation[] = [];
  const where = `${device.name} in ${log.conversationId.slice(0, 8)}`;
  const name = `${entry.messageId} (seq ${entry.seq}, ${timerMs} ms)`;
  const report = (kind: Violation['kind'], detail: string) => violations.push({ kind, where, detail });
  const sighting = device.sightings.find(({ messageId }) => messageId === entry.messageId);
  if (sighting === undefined && isShown) report('leaked', `${name} is shown, and was never here`);
  const isOnDisk = device.onDisk.includes(entry.messageId);
  const isSender = device.deviceId === entry.sender;
  const isThere = latest !== null && (entry.seq > latest || isSender);
  if (sighting === undefined) {
    if (isOnDisk) report('overdue', `${name} stands on its disk, which never had it`);
    if (!isThere || isSender || !log.accounts.includes(device.accountId)) return violations;
    if (!couldRead(log, device.accountId, entry.seq)) return violations;
    const readMs = device.cursors.find(
      ({ conversationId, seq }) => conversationId === log.conversationId && seq >= entry.seq,
    )?.atMs;
    if (readMs !== undefined && readMs < earliest(one, device)) report('lost', `${name} never came`);
    return violations;
  }
  if (!wasMember(log, entry, device)) report('leaked', `${name} is here, and the device came later`);
  const untilMs = latestEnd(one, device, sighting);
  if (untilMs !== null) {
    const storedMs = isOnDisk && !sighting.isDeleted ? record.endMs : sighting.lastStoredMs;
    for (const [what, atMs] of [
      ['stored', storedMs],
      ['shown', isShown ? record.endMs : sighting.lastShownMs],
    ] as const) {
      const overMs = runningBetween(device, untilMs, atMs);
      if (overMs > graceMs + record.probeMs)
        report('overdue', `${name} is ${what} ${overMs} ms of running after its time`);
    }
  }
  const { goneMs, isDeleted } = sighting;
  const isIn = log.accounts.includes(device.accountId);
  if (goneMs !== null && !isDeleted && isIn && goneMs < earliest(one, device))
    report('early', `${name} is gone ${earliest(one, device) - goneMs} ms before its time`);
  return violations;
}

/** Whether the device was in the group at some time before that entry. */
function wasMember(log: ServerLog, { seq }: ServerEntry, { deviceId }: WatchedDevice): boolean {
  return log.entries.some(
    (one) =>
      one.kind === 'commit' && one.seq < seq && (one.sender === deviceId || one.added.includes(deviceId)),
  );
}

/** Before this no device of the account may let it go; infinite where nobody of it has looked. */
function earliest({ record, log, entry, text, timerMs }: Case, device: WatchedDevice): number {
  const own = record.devices.filter(({ accountId }) => accountId === device.accountId);
  // A clock that was moved lets messages go early, and tells others so.
  if (own.some(({ clockMoves }) => clockMoves.length > 0)) return Number.NEGATIVE_INFINITY;
  if (own.some((one) => hasSleptOver(one, record.lagMs))) return Number.NEGATIVE_INFINITY;
  if (text.senderAccount === device.accountId) return entry.acceptedAtMs + timerMs - record.lagMs;
  const looked = own.flatMap(({ looks }) =>
    looks.flatMap((look) => (covers(look, log, entry) ? [look.askedMs] : [])),
  );
  return Math.min(...looked) + timerMs - record.lagMs;
}

/** When its time is over as far as the device can know; null: it does not run for all that it knows. */
function latestEnd(one: Case, device: WatchedDevice, sighting: Sighting): number | null {
  const { record, log, entry, text, timerMs } = one;
  const { knownMs } = sighting;
  const ends: number[] = [];
  if (text.senderAccount === device.accountId) {
    if (knownMs !== null) ends.push(Math.max(knownMs, entry.acceptedAtMs + timerMs + record.lagMs));
  } else {
    if (knownMs !== null) ends.push(knownMs + timerMs);
    for (const other of record.devices) {
      if (other.accountId !== device.accountId) continue;
      // Lines in the place of what is not here yet can be looked at, too.
      const fromMs = other.sightings.find(({ messageId }) => messageId === entry.messageId)?.firstMs;
      const look = other.looks.find(
        ({ doneMs, ...own }) =>
          fromMs !== undefined && doneMs !== null && doneMs >= fromMs && covers(own, log, entry),
      );
      if (look === undefined || look.doneMs === null) continue;
      const endMs = look.doneMs + timerMs;
      if (other === device) ends.push(endMs);
      else if (!isAhead(other, look.doneMs)) {
        const heardMs = record.quietMs.find((atMs) => atMs > look.doneMs!);
        if (heardMs !== undefined) ends.push(Math.max(endMs + record.lagMs, heardMs));
      }
    }
  }
  if (ends.length === 0) return null;
  let endMs = Math.min(...ends);
  for (const { atMs, byMs } of device.clockMoves) {
    if (atMs > endMs) continue;
    const toldMs = device.onlineMs.find((onlineMs) => onlineMs > atMs) ?? Number.POSITIVE_INFINITY;
    // What passed while it was off it knows by its clock alone, until the server says what time it is.
    if (byMs < 0 && !hasRunThrough(device, atMs)) endMs = Math.max(endMs, toldMs);
    // What began by a clock that was ahead begins anew when that is known.
    if (byMs > 0) endMs = Math.max(endMs, toldMs + timerMs);
  }
  return endMs;
}

/** It slept while the server told it the time, and took it for the time at which it woke: it learns better later. */
function hasSleptOver({ running, onlineMs }: WatchedDevice, lagMs: number): boolean {
  const isAt = (fromMs: number) => onlineMs.some((ms) => Math.abs(ms - fromMs) <= 2 * lagMs + 2000);
  return running.some(({ fromMs, isAfterSleep }) => isAfterSleep && isAt(fromMs));
}

/** Its clock was set ahead, and it has not heard from the server since. */
function isAhead({ clockMoves, onlineMs }: WatchedDevice, atMs: number): boolean {
  return clockMoves.some(
    (move) => move.byMs > 0 && move.atMs <= atMs && !onlineMs.some((ms) => ms > move.atMs && ms <= atMs),
  );
}

/** Whether it ran all the time from when it last heard the time until its clock was moved, and on. */
function hasRunThrough({ running, onlineMs }: WatchedDevice, atMs: number): boolean {
  const heardMs = onlineMs.findLast((ms) => ms <= atMs);
  if (heardMs === undefined) return false;
  return running.some(({ fromMs, toMs }) => fromMs <= heardMs && toMs > atMs);
}

function covers(
  look: Pick<WatchedDevice['looks'][number], 'conversationId' | 'order'>,
  log: ServerLog,
  { seq }: ServerEntry,
): boolean {
  return look.conversationId === log.conversationId && look.order >= seq;
}

/** Milliseconds in which the device ran. */
function runningBetween({ running }: WatchedDevice, fromMs: number, toMs: number): number {
  let sumMs = 0;
  for (const one of running) sumMs += Math.max(0, Math.min(one.toMs, toMs) - Math.max(one.fromMs, fromMs));
  return sumMs;
}

/** The server has no content that all devices have, nor any that is too old. */
function checkServer(
  { devices }: Observation,
  record: DisappearingRecord,
  log: ServerLog,
  entry: ServerEntry,
  members: readonly string[],
): Violation[] {
  if (!entry.hasContent) return [];
  const where = `log ${log.conversationId.slice(0, 8)} seq ${entry.seq}`;
  const present = new Set<string>(devices.map(({ deviceId }) => deviceId));
  const isOld = entry.acceptedAtMs + passingLifetimeMs < record.endMs;
  const isWithAll = members.length > 0 && members.every((device) => present.has(device));
  if (!isOld && !isWithAll) return [];
  return [
    { kind: 'leaked', where, detail: `the server has content that ${isOld ? 'is too old' : 'all have'}` },
  ];
}

/** All members say the timer of the policy, and nobody waits for another. */
function checkTimer({ devices }: Observation, _record: DisappearingRecord, log: ServerLog): Violation[] {
  const violations: Violation[] = [];
  const timers = new Map<number, string[]>();
  for (const { name, accountId, conversations } of devices) {
    const shown = conversations.find(({ conversationId }) => conversationId === log.conversationId);
    if (shown === undefined || shown.group === null || shown.ended !== null) continue;
    if (!log.accounts.includes(accountId)) continue;
    const where = `${name} in ${log.conversationId.slice(0, 8)}`;
    if (shown.timer.seconds !== shown.group.timerSeconds) {
      const detail = `shows a timer of ${shown.timer.seconds}, and it is ${shown.group.timerSeconds}`;
      violations.push({ kind: 'disagreement', where, detail });
    }
    if (shown.timer.isWaiting) violations.push({ kind: 'stuck', where, detail: 'waits for its timer' });
    timers.set(shown.group.timerSeconds, [...(timers.get(shown.group.timerSeconds) ?? []), name]);
  }
  if (timers.size > 1) {
    const detail = [...timers].map(([seconds, names]) => `${names.join(', ')}: ${seconds} s`).join(' | ');
    violations.push({ kind: 'disagreement', where: `log ${log.conversationId.slice(0, 8)}`, detail });
  }
  return violations;
}

/** Where one device alone set timers, in a conversation of two, they hold for what it said after that. */
function checkWishes({ sent }: Observation, record: DisappearingRecord, log: ServerLog): Violation[] {
  const wishes = record.wishes.filter(({ conversationId }) => conversationId === log.conversationId);
  const [first] = wishes;
  if (log.kind === 'group' || first === undefined) return [];
  if (wishes.some(({ device }) => device !== first.device)) return [];
  const texts = new Map(sent.map((text) => [text.messageId, text]));
  const violations: Violation[] = [];
  for (const entry of log.entries) {
    const text = entry.sender === first.device ? texts.get(entry.messageId) : undefined;
    if (text === undefined || entry.kind !== 'message' || text.wantedTimer === null) continue;
    const from = wishes.findIndex(({ seconds }) => seconds === text.wantedTimer);
    const allowed = wishes.slice(from).map(({ seconds }) => seconds);
    const seconds = timerOf(record, log, entry);
    if (allowed.includes(seconds)) continue;
    const where = `log ${log.conversationId.slice(0, 8)} seq ${entry.seq}`;
    const detail = `went under a timer of ${seconds}, and ${text.wantedTimer} was set before`;
    violations.push({ kind: 'leaked', where, detail });
  }
  return violations;
}

/**
 * A conversation begins with the timer that its account set for new ones: the device that began it, before it did; what another
 * device of the account set may not have been known there.
 */
function checkDefault(record: DisappearingRecord, log: ServerLog): Violation[] {
  const { conversationId } = log;
  const first = log.entries.find(({ seq }) => seq === 1);
  const isOf = (one: { readonly device: string; readonly conversationId: string | null }): boolean =>
    one.device === first?.sender && one.conversationId === conversationId;
  const begun = record.begun.find(isOf);
  const seconds = record.policies.find(
    (one) => one.conversationId === conversationId && one.epoch === (first?.epoch ?? 0) + 1,
  )?.seconds;
  if (begun === undefined || seconds === undefined || record.wishes.some(isOf)) return [];
  const account = record.devices.find(({ deviceId }) => deviceId === begun.device)?.accountId;
  const set = record.defaults.filter((one) => one.account === account);
  const own = set.findLast(({ device, doneMs }) => device === begun.device && doneMs < begun.askedMs);
  const others = set.filter((one) => one !== own).map((one) => one.seconds);
  if ([own?.seconds ?? 0, ...others].includes(seconds)) return [];
  const where = `log ${conversationId.slice(0, 8)}`;
  const detail = `began with a timer of ${seconds}, and ${own?.seconds ?? 0} was set for new conversations`;
  return [{ kind: 'leaked', where, detail }];
}
