/** What a device knows of one call of a group: stored as it is (groupCallTable.ts). Byte strings are hexadecimal. */
import type { DeviceRef } from '@sotto/crypto';
import type { CallId, TransactionId } from '@sotto/protocol';
import type { GroupCallEnding, GroupCallMedia } from '../apiGroupCalls.ts';
import type { GroupCallBeginning, GroupCallLog } from './groupCallLog.ts';
import type { GroupCallMessage } from './groupCallMessage.ts';

export interface GroupCallState {
  readonly callId: CallId;
  /** `starting`: this device's start has not come back by the log. */
  readonly phase: 'starting' | 'open' | 'over';
  /** Null: this device came later, and has not read it (yet). */
  readonly beginning: GroupCallBeginning | null;
  /** What the log says, the same on every device that has read it since the start; null: this one has not. */
  readonly log: GroupCallLog | null;
  /** While `log` is null: what was said since this device reads, for when a roster comes. */
  readonly since: readonly SaidEntry[];
  /** This device's part; null: it has none. */
  readonly own: OwnJoin | null;
  /** Of this account, on any of its devices. */
  readonly isDeclined: boolean;
  readonly isTaken: boolean;
  /** It rang as long as it may, by this device's idea of the server's time. */
  readonly hasRungOut: boolean;
  /** How this device's part ended; null: it goes on, or there was none. */
  readonly ended: GroupCallEnding | null;
  readonly over: GroupCallOver | null;
}

/** The entry that something stands in, and what its sender may in the epoch of it. */
export interface SaidIn {
  readonly seq: number;
  readonly atMs: number;
  readonly sender: DeviceRef;
  /** 0: a member, 1: an admin, 2: the owner. */
  readonly rank: number;
  /** Of the account that is to be removed from the call. */
  readonly targetRank: number;
  readonly mayStart: boolean;
  readonly mayRing: boolean;
  /** Of keys of a new generation: the epoch's part. Null where this device does not know it. */
  readonly exported: string | null;
  readonly timerSeconds: number;
}

interface SaidEntry {
  readonly message: GroupCallMessage;
  readonly entry: SaidIn;
}

export interface OwnJoin {
  /** `asking`: this device's join has not come back by the log. */
  readonly state: 'asking' | 'in';
  readonly joinId: string;
  readonly frameKey: string;
  readonly sharePrivate: string;
  readonly sharePublic: string;
  readonly media: GroupCallMedia;
  /** Of what this device has told in this join. */
  readonly revision: number;
  readonly ordinal: number | null;
  /** What the log said of keys and has not been followed yet, in order. */
  readonly keyEvents: readonly KeyEvent[];
  /** The newest that this device has. Those before it are gone. */
  readonly base: OwnBase | null;
  /** Keys of this device's that have not come back by the log. */
  readonly issued: IssuedKeys | null;
  /** The log says that it has keys, and what it was given does not open or fit. */
  readonly isKeyless: boolean;
  /** Ordinals that the frame worker knows of. */
  readonly toldOrdinals: readonly number[];
  /** How often a host asked for it. */
  readonly muteAsked: number;
  readonly handLowered: number;
  /** The latest, oldest first. */
  readonly reactions: readonly StoredReaction[];
  readonly reactionIds: readonly TransactionId[];
}

export interface OwnBase {
  readonly generation: number;
  readonly step: number;
  readonly base: string;
}

export interface KeyEvent {
  readonly generation: number;
  readonly step: number;
  readonly check: string;
  /** For this device; null: it was given nothing. */
  readonly shared: string | null;
  /** Of this device's own keys. */
  readonly fresh: string | null;
  readonly exported: string | null;
}

export interface IssuedKeys {
  readonly transactionId: TransactionId;
  readonly generation: number;
  readonly step: number;
  /** Of a new generation. */
  readonly fresh: string | null;
  /** Of the epoch that they were sealed in last. */
  readonly exported: string | null;
}

interface StoredReaction {
  readonly id: TransactionId;
  readonly joinId: string;
  readonly emoji: string;
  /** Of the server. */
  readonly atMs: number;
}

export interface GroupCallOver {
  /** Null: nobody knows since when. */
  readonly atMs: number | null;
  readonly durationMs: number;
  readonly peopleCount: number;
}

export const reactionsKept = 32;
/** Entries kept for a roster that is to come, each share of keys counted as one. */
export const sinceKept = 1024;

export function newGroupCall(callId: CallId): GroupCallState {
  return {
    callId,
    phase: 'open',
    beginning: null,
    log: null,
    since: [],
    own: null,
    isDeclined: false,
    isTaken: false,
    hasRungOut: false,
    ended: null,
    over: null,
  };
}

/** This device's part in it is over: no secret is left of it. */
export function withoutOwn(state: GroupCallState, ended: GroupCallEnding): GroupCallState {
  return { ...state, own: null, ended };
}

/** This device does not read what the log says from here on, or did not up to here: it is as one that comes later. */
export function withoutLog(state: GroupCallState, ended: GroupCallEnding): GroupCallState {
  return { ...state, log: null, since: [], own: null, ended: state.own === null ? state.ended : ended };
}
