/**
 * Looks at all devices twice a second while messages disappear, past the engines: what is stored, what an open view shows,
 * how far logs were read (spec/simulator.md §Checkers). Invariant: what it notes it does not get from the code that lets
 * messages disappear, but for what is stored and shown at all.
 */
import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import type { DisappearingRecord, Sighting, WatchedDevice } from '../checkers/observation.ts';
import type { ClientDisk } from './clientDisk.ts';
import type { Look } from './simulatedUser.ts';
import type { VirtualTime } from './virtualTime.ts';

/** A device as the watch sees it. */
export interface Watched {
  readonly name: string;
  readonly deviceId: DeviceId;
  readonly accountId: AccountId;
  readonly disk: ClientDisk;
  /** Not null: nobody uses it any more. */
  readonly gone: string | null;
  readonly onlineMs: readonly number[];
  readonly clockMoves: WatchedDevice['clockMoves'];
  readonly looks: readonly Look[];
  /** The run of its engine; null: it does not run, or sleeps. */
  awake(): object | null;
  /** Whether a view that is open all the time shows the text. */
  shows(conversationId: ConversationId, messageId: TransactionId): boolean;
  logOf(conversationId: ConversationId): ConversationId | null;
}

export interface DisappearingWatch {
  /** Looks from now on, or no longer. */
  start(): void;
  stop(): void;
  /** All devices have all. */
  quiet(): void;
  record(
    rest: Pick<DisappearingRecord, 'lagMs' | 'policies' | 'wishes' | 'defaults' | 'begun'>,
    words: ReadonlyMap<TransactionId, readonly string[]>,
  ): DisappearingRecord;
}

interface Notes {
  readonly running: Mutable<WatchedDevice['running'][number]>[];
  readonly cursors: WatchedDevice['cursors'][number][];
  readonly sightings: Map<TransactionId, Mutable<Sighting>>;
  readonly read: Map<unknown, unknown>;
  run: object | null;
  lastRun: object | null;
}
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const probeMs = 500;
/** Own messages that are not in the log stand behind all others. */
const waitingOrder = 2 ** 40;

/** `act` is called about every five seconds. */
export function watchDisappearing(
  time: VirtualTime,
  devices: () => readonly Watched[],
  act: () => void,
): DisappearingWatch {
  const notes = new Map<DeviceId, Notes>();
  const quietMs: number[] = [];
  let isOn = false;
  let count = 0;

  function probe(): void {
    for (const device of devices()) {
      if (device.gone === null) probeDevice(device, notesOf(device.deviceId));
    }
  }

  function notesOf(deviceId: DeviceId): Notes {
    const known = notes.get(deviceId);
    if (known !== undefined) return known;
    const fresh: Notes = {
      running: [],
      cursors: [],
      sightings: new Map(),
      read: new Map(),
      run: null,
      lastRun: null,
    };
    notes.set(deviceId, fresh);
    return fresh;
  }

  function probeDevice(device: Watched, own: Notes): void {
    const nowMs = time.now();
    const run = device.awake();
    const last = own.running.at(-1);
    if (run !== null && run === own.run && last !== undefined) last.toMs = nowMs;
    else if (run !== null) {
      own.running.push({ fromMs: nowMs, toMs: nowMs, isAfterSleep: run === own.lastRun });
      own.lastRun = run;
    }
    own.run = run;
    const { disk } = device;
    const conversations = disk.all('SELECT key, conversation_id, log_id, cursor, own_read FROM conversation');
    const byKey = new Map(conversations.map((row) => [row.key, row]));
    for (const { log_id: logId, cursor } of conversations) {
      if (logId === null || own.read.get(logId) === cursor) continue;
      own.read.set(logId, cursor);
      own.cursors.push({ conversationId: logId as ConversationId, seq: Number(cursor), atMs: nowMs });
    }
    const found = new Set<TransactionId>();
    for (const row of disk.all(
      `SELECT conversation, ord, message_id, coalesce(wire_id, message_id) AS id, sender_id, state, body_kind
       FROM message WHERE body_kind IN ('text', 'deleted')`,
    )) {
      const conversation = byKey.get(row.conversation);
      const logId = conversation?.log_id;
      if (conversation === undefined || typeof logId !== 'string') continue;
      const messageId = row.id as TransactionId;
      found.add(messageId);
      let sighting = own.sightings.get(messageId);
      if (sighting === undefined) {
        const conversationId = logId as ConversationId;
        const firsts = {
          firstMs: nowMs,
          lastStoredMs: nowMs,
          lastShownMs: nowMs,
          knownMs: null,
          goneMs: null,
        };
        sighting = { messageId, conversationId, ...firsts, isDeleted: false };
        own.sightings.set(messageId, sighting);
      }
      if (row.body_kind === 'deleted') {
        sighting.isDeleted = true;
        continue;
      }
      sighting.goneMs = null;
      sighting.lastStoredMs = nowMs;
      const isMine = row.sender_id === device.accountId;
      const isOwnPlaced = isMine && row.state === 'sent' && Number(row.ord) < waitingOrder;
      const isRead = !isMine && Number(row.ord) <= Number(conversation.own_read);
      if (sighting.knownMs === null && (isOwnPlaced || isRead)) sighting.knownMs = nowMs;
    }
    for (const [messageId, sighting] of own.sightings) {
      if (sighting.goneMs !== null && found.has(messageId)) continue;
      const local = conversations.find(({ log_id: id }) => id === sighting.conversationId)?.conversation_id;
      const isShown = local !== undefined && device.shows(local as ConversationId, messageId);
      if (isShown && run !== null) sighting.lastShownMs = nowMs;
      if (!found.has(messageId) && !isShown) sighting.goneMs ??= nowMs;
    }
  }

  function tick(): void {
    if (!isOn) return;
    probe();
    count += 1;
    if (count % 10 === 0) act();
    time.schedule(probeMs, tick);
  }

  return {
    start() {
      if (isOn) return;
      isOn = true;
      tick();
    },
    stop() {
      isOn = false;
    },
    quiet: () => void quietMs.push(time.now()),
    record(rest, words) {
      probe();
      const watched = devices().map((device): WatchedDevice => {
        const { name, deviceId, accountId, onlineMs, clockMoves, disk } = device;
        const { running, cursors, sightings } = notesOf(deviceId);
        const looks = device.looks.flatMap(({ conversationId, ...look }) => {
          const logId = device.logOf(conversationId);
          return logId === null ? [] : [{ ...look, conversationId: logId }];
        });
        const bytes = Buffer.from(disk.serialize());
        const onDisk = [...words].flatMap(([id, own]) =>
          own.some((word) => bytes.includes(word)) ? [id] : [],
        );
        const rows = [...sightings.values()];
        return {
          name,
          deviceId,
          accountId,
          onlineMs,
          clockMoves,
          running,
          looks,
          cursors,
          sightings: rows,
          onDisk,
        };
      });
      return { ...rest, endMs: time.now(), probeMs, quietMs, devices: watched };
    },
  };
}
