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
  readonly peerAccount: AccountId;
  /** The engine said it was stored. False: the device crashed before it could say. */
  readonly promised: boolean;
  /** Its device had turned history off there for good. */
  readonly withoutHistory: boolean;
}

/** A conversation's log as the server has it. */
export interface ServerLog {
  readonly conversationId: ConversationId;
  readonly accounts: readonly AccountId[];
  readonly epoch: number;
  readonly entries: readonly ServerEntry[];
}
export interface ServerEntry {
  readonly seq: number;
  /** By the server's clock. */
  readonly acceptedAtMs: number;
  readonly kind: 'message' | 'commit';
  /** A message that whoever has the epoch's history key can read. */
  readonly kept: boolean;
  readonly messageId: MessageId;
  readonly sender: DeviceId;
  readonly epoch: number;
  readonly added: readonly DeviceId[];
  readonly removed: readonly DeviceId[];
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
}
export interface ShownConversation {
  readonly conversationId: ConversationId;
  readonly peerAccount: AccountId;
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
  /** Null: the device holds no group for it. */
  readonly group: {
    readonly epoch: number;
    readonly authenticator: string;
    /** Member accounts that have history off, by the policy. */
    readonly historyOff: readonly AccountId[];
  } | null;
}
export interface ShownMessage {
  readonly messageId: MessageId;
  readonly order: number;
  readonly senderAccount: AccountId;
  readonly mine: boolean;
  readonly state: 'waiting' | 'sent' | 'failed' | 'received';
  readonly body:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'notice'; readonly notice: string }
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
    /** A device says that the server lied. */
    | 'falseAlarm'
    | 'healed'
    | 'stuck'
    | 'counters'
    | 'viewOutdated'
    | 'logBroken'
    | 'leaked'
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
