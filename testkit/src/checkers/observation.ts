/**
 * What a finished simulation looks like to the checkers: plain values, so that each checker can be shown to
 * find the fault it is for by altering one of them (spec/simulator.md §Checkers).
 */
import type { AccountId, ConversationId, DeviceId, MessageId } from './ids.ts';

/** A text that a device was asked to send. */
export interface SentText {
  readonly messageId: MessageId;
  readonly text: string;
  readonly sender: DeviceId;
  readonly senderAccount: AccountId;
  /** Null: a group. */
  readonly peerAccount: AccountId | null;
  /** Sent when all changes had settled. */
  readonly isLast: boolean;
  /** The engine said it was stored. False: the device crashed before it could say. */
  readonly promised: boolean;
  /** Texts that its user made of it on the same device: as long as it waits, they are sent in its place. */
  readonly edits: readonly string[];
  /** Its user deleted it there: where it waited, it is never sent. */
  readonly isDeleted: boolean;
  /** Its device had turned history off there for good. */
  readonly withoutHistory: boolean;
  /** Seconds of the timer that its device was last asked for there; null: it was not. */
  readonly wantedTimer: number | null;
}

/** A conversation's log as the server has it. */
export interface ServerLog {
  readonly conversationId: ConversationId;
  readonly kind: 'direct' | 'group';
  /** From which `seq` on each account may read, where it is in. */
  readonly firstSeqs: Readonly<Record<AccountId, number>>;
  readonly accounts: readonly AccountId[];
  readonly epoch: number;
  readonly entries: readonly ServerEntry[];
}
export interface ServerEntry {
  readonly seq: number;
  /** By the server's clock. */
  readonly acceptedAtMs: number;
  readonly kind: 'message' | 'commit';
  /** Without its content it lasts as a hash (spec/log.md, "Passing entries"). */
  readonly isPassing: boolean;
  /** Of passing ones: the server has its content. */
  readonly hasContent: boolean;
  /** A message that whoever has the epoch's history key can read. */
  readonly kept: boolean;
  readonly messageId: MessageId;
  readonly sender: DeviceId;
  readonly epoch: number;
  readonly added: readonly DeviceId[];
  readonly removed: readonly DeviceId[];
  /** Of groups: accounts that came, and whether they may read what was said before; and those that went. */
  readonly accountsAdded: readonly { readonly accountId: AccountId; readonly readsFromStart: boolean }[];
  readonly accountsRemoved: readonly AccountId[];
}

/** What one device shows and holds. */
export interface DeviceState {
  readonly name: string;
  readonly deviceId: DeviceId;
  readonly accountId: AccountId;
  readonly online: boolean;
  /** Its group state was damaged on purpose: it may have missed what came before it rejoined. */
  readonly sabotaged: boolean;
  /** Accounts with which its user turned history off, and nobody of the account turns it on again; null: all. */
  readonly historyOffWith: readonly (AccountId | null)[];
  /** What it found the server to have done: the one of the simulator does nothing of the kind. */
  readonly alarms: readonly string[];
  readonly conversations: readonly ShownConversation[];
  /** What its disk and all that the server has stored open of groups that its account is not in. */
  readonly canRead: readonly ReadEntry[];
}
export interface ShownConversation {
  readonly conversationId: ConversationId;
  /** Null: a group. */
  readonly peerAccount: AccountId | null;
  /** Groups: why nothing is sent here any more. */
  readonly ended: 'left' | 'removed' | 'deleted' | null;
  readonly state: 'waiting' | 'ready' | 'healing';
  readonly unreadCount: number;
  readonly deliveredOrder: number;
  readonly readOrder: number;
  readonly ownReadOrder: number;
  /** What the account does with it: the same on all its devices. */
  readonly own: {
    readonly archived: boolean;
    readonly mutedUntilMs: number | null;
    readonly pinnedAtMs: number | null;
  };
  /** As read in pages, in the order shown. */
  readonly messages: readonly ShownMessage[];
  /** As a view shows it that was open all the time and was told of changes. */
  readonly watched: readonly ShownMessage[];
  /** What the device has read of what was done to messages, and where in the log it stands. */
  readonly changes: readonly { readonly seq: number; readonly messageId: MessageId }[];
  /** Null: the device holds no group for it. */
  readonly group: {
    readonly epoch: number;
    readonly authenticator: string;
    /** Member accounts that have history off, by the policy. */
    readonly historyOff: readonly AccountId[];
    /** Of a group of people: its name, members, roles and rights. */
    readonly looks: string;
    /** By its policy. */
    readonly timerSeconds: number;
  } | null;
  /** As its user sees it. */
  readonly timer: { readonly seconds: number; readonly isWaiting: boolean };
}
export interface ShownMessage {
  readonly messageId: MessageId;
  readonly order: number;
  readonly senderAccount: AccountId;
  readonly mine: boolean;
  readonly state: 'waiting' | 'sent' | 'failed' | 'received';
  readonly isEdited: boolean;
  readonly isPinned: boolean;
  /** Emoji and accounts, in an order of their own. */
  readonly reactions: readonly string[];
  readonly body:
    | { readonly kind: 'text'; readonly text: string; readonly answers: string | null }
    | { readonly kind: 'deleted' }
    | { readonly kind: 'notice'; readonly notice: string }
    | { readonly kind: 'call'; readonly outcome: string }
    | { readonly kind: 'unreadable'; readonly reason: string };
}

/** A device that is no longer in use. */
export interface GoneDevice {
  readonly name: string;
  readonly deviceId: DeviceId;
  readonly accountId: AccountId;
  /** `lost`: with its disk, and still in its account's chain unless `removedAtMs` says otherwise. */
  readonly kind: 'lost' | 'removed';
  /** When the server had taken it out of its account, by the server's clock; null: it has not. */
  readonly removedAtMs: number | null;
  /** The largest frame that the server sent to it after that. */
  readonly largestSentBytes: number;
  /** What its disk and all that the server has stored since open. */
  readonly canRead: readonly ReadEntry[];
}
export interface ReadEntry {
  readonly conversationId: ConversationId;
  readonly seq: number;
  readonly epoch: number;
}

export interface Observation {
  readonly sent: readonly SentText[];
  readonly logs: readonly ServerLog[];
  /** Those in use at the end. */
  readonly devices: readonly DeviceState[];
  readonly gone: readonly GoneDevice[];
  /** Null: nobody set a timer. */
  readonly disappearing: DisappearingRecord | null;
}

/** What happened around messages that disappear. Times are the world's, which are the server's. */
export interface DisappearingRecord {
  /** When it was looked at last. */
  readonly endMs: number;
  /** Time between two looks at a device. */
  readonly probeMs: number;
  /** The longest way of a frame, and of a commit: by so much no device can know the server's time better. */
  readonly lagMs: number;
  /** Moments at which all devices had all. */
  readonly quietMs: readonly number[];
  /** Timers of policies, by log and epoch, from groups as they were stored. */
  readonly policies: readonly {
    readonly conversationId: ConversationId;
    readonly epoch: number;
    readonly seconds: number;
  }[];
  /** What users set. */
  readonly wishes: readonly {
    readonly device: DeviceId;
    readonly conversationId: ConversationId | null;
    readonly seconds: number;
  }[];
  /** What they set for new conversations, and when they first asked for each conversation. */
  readonly defaults: readonly {
    readonly device: DeviceId;
    readonly account: AccountId;
    readonly seconds: number;
    readonly doneMs: number;
  }[];
  readonly begun: readonly {
    readonly device: DeviceId;
    readonly conversationId: ConversationId | null;
    readonly askedMs: number;
  }[];
  readonly devices: readonly WatchedDevice[];
}
export interface WatchedDevice {
  readonly name: string;
  readonly deviceId: DeviceId;
  readonly accountId: AccountId;
  /** When its engine ran and was awake. */
  readonly running: readonly {
    readonly fromMs: number;
    readonly toMs: number;
    /** It is the same run as before, which slept meanwhile. */
    readonly isAfterSleep: boolean;
  }[];
  /** When it signed in: the server told it the time. */
  readonly onlineMs: readonly number[];
  /** Its clock was moved. */
  readonly clockMoves: readonly { readonly atMs: number; readonly byMs: number }[];
  /** Its user looked at everything up to there; `doneMs`: the engine had stored it, null where it did not say. */
  readonly looks: readonly {
    readonly conversationId: ConversationId;
    readonly order: number;
    readonly askedMs: number;
    readonly doneMs: number | null;
  }[];
  /** When it was found to have read a log so far, in rising order. */
  readonly cursors: readonly {
    readonly conversationId: ConversationId;
    readonly seq: number;
    readonly atMs: number;
  }[];
  readonly sightings: readonly Sighting[];
  /** Messages of which a word stands in the bytes of its disk at the end. */
  readonly onDisk: readonly MessageId[];
}
/** A text that a device had. */
export interface Sighting {
  readonly messageId: MessageId;
  readonly conversationId: ConversationId;
  /** When it was found first; when last in the database, and in an open view. */
  readonly firstMs: number;
  readonly lastStoredMs: number;
  readonly lastShownMs: number;
  /** From when the device knew that its time runs: an own one was in the log, another's had been read by the account. */
  readonly knownMs: number | null;
  /** When it was first found to be there no more. */
  readonly goneMs: number | null;
  /** Its text was taken away by deletion. */
  readonly isDeleted: boolean;
}

/** What is wrong, and where. */
export interface Violation {
  readonly kind:
    | 'lost'
    | 'doubled'
    | 'reordered'
    | 'altered'
    | 'invented'
    | 'unreadable'
    | 'notSent'
    | 'forked'
    /** Devices show the same message, or group, differently. */
    | 'disagreement'
    /** A device says that the server lied. */
    | 'falseAlarm'
    | 'healed'
    | 'stuck'
    | 'counters'
    | 'viewOutdated'
    | 'logBroken'
    | 'leaked'
    /** Content that is still there after its time, or gone before it. */
    | 'overdue'
    | 'early'
    /** A removed device sent, or can read, what came after. */
    | 'notCutOff'
    | 'crashed';
  readonly where: string;
  readonly detail: string;
}

/** From which `seq` on (exclusive) each device reads a log, by the log's own commits; the newest join counts. */
export function joinedSeqs(log: ServerLog): Map<DeviceId, { first: number; latest: number }> {
  const joined = new Map<DeviceId, { first: number; latest: number }>();
  const join = (device: DeviceId, seq: number) => {
    const before = joined.get(device);
    joined.set(device, { first: before?.first ?? seq, latest: seq });
  };
  for (const entry of log.entries) {
    if (entry.kind !== 'commit') continue;
    for (const device of entry.removed) if (!entry.added.includes(device)) joined.delete(device);
    if (!joined.has(entry.sender)) join(entry.sender, entry.seq);
    for (const device of entry.added) join(device, entry.seq);
  }
  return joined;
}

/** Whether the account could read that entry at any time: it was in then, or came later and was given what was before. */
export function couldRead(log: ServerLog, accountId: AccountId, seq: number): boolean {
  if (log.kind === 'direct') return log.accounts.includes(accountId);
  const cameAt = (entry: ServerEntry) => entry.accountsAdded.find((one) => one.accountId === accountId);
  const first = log.entries.find(
    (entry) => cameAt(entry) !== undefined || entry.accountsRemoved.includes(accountId),
  );
  // Who founded it, or was in it from then on, does not come by a commit of the log.
  const isFounder =
    first === undefined ? log.accounts.includes(accountId) : first.accountsRemoved.includes(accountId);
  let fromSeq = isFounder ? 1 : null;
  for (const entry of log.entries) {
    const came = cameAt(entry);
    if (came !== undefined) fromSeq = came.readsFromStart ? 1 : entry.seq;
    if (!entry.accountsRemoved.includes(accountId) || fromSeq === null) continue;
    if (seq >= fromSeq && seq <= entry.seq) return true;
    fromSeq = null;
  }
  return fromSeq !== null && seq >= fromSeq;
}

/** A group whose members have all said that they leave: nobody is left to take them out, and no device reads on. */
export function isLeftByAll(log: ServerLog, { devices }: Pick<Observation, 'devices'>): boolean {
  const own = devices.filter(({ accountId }) => log.accounts.includes(accountId));
  const hasLeft = ({ conversations }: DeviceState) =>
    conversations.some((one) => one.conversationId === log.conversationId && one.ended === 'left');
  return log.kind === 'group' && own.length > 0 && own.every(hasLeft);
}
