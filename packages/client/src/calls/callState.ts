/** What a device knows of one call: stored as it is (callTable.ts). Byte strings are hexadecimal. */
import type { DeviceRef } from '@sotto/crypto';
import type { CallId, TransactionId } from '@sotto/protocol';
import type { CallOutcome } from '../apiCalls.ts';

export interface CallState {
  readonly callId: CallId;
  /**
   * `prepared`: nobody was told. `inviting`: this device's invite has not come back by the log. `ringing` and `answered` are
   * what the log says, the same on every device.
   */
  readonly phase: 'prepared' | 'inviting' | 'ringing' | 'answered' | 'over';
  readonly hasVideo: boolean;
  readonly relayTag: string;
  /** Null before the invite is in the log. */
  readonly invite: {
    readonly seq: number;
    /** Of the server. */
    readonly atMs: number;
    readonly offer: string;
    readonly commitment: string;
  } | null;
  readonly caller: CallParty | null;
  readonly answerer: CallParty | null;
  /** When the server accepted the answer. */
  readonly answeredAtMs: number | null;
  /** Of the epoch of the answer. */
  readonly exported: string | null;
  readonly callerSecret: string | null;
  readonly answererSecret: string | null;
  /** What all keys come from: once it is there, what it was made of is not. */
  readonly base: string | null;
  /** This device's part; null: it has none. */
  readonly own: OwnPart | null;
  /** Both called at once, and the device of this account that called is about to answer this one: it does not ring. */
  readonly expected: 'here' | 'elsewhere' | null;
  /** It rang as long as it may, by this device's idea of the server's time. */
  readonly hasRungOut: boolean;
  /** This account wants no calls of the caller: it rings nowhere, and is not missed. */
  readonly isBlocked: boolean;
  readonly over: CallOver | null;
}

/** One of the two devices, in its present join. */
export interface CallParty extends DeviceRef {
  readonly joinId: string;
  /** From 0. */
  readonly joinNumber: number;
  /** Of its last update that was taken. */
  readonly revision: number;
  readonly fingerprint: string;
  /** Of its first join: told before it could know any key, so that the code cannot be tried for. */
  readonly firstFingerprint: string;
  readonly earlierJoins: readonly string[];
  /** It has asked for video, and was not answered. */
  readonly asksVideo: boolean;
}

export interface OwnPart {
  readonly role: 'caller' | 'answerer';
  /** `asking`: this device's answer has not come back by the log. */
  readonly state: 'asking' | 'in' | 'leaving';
  /** Of `leaving`: what this device has said. */
  readonly leftBy?: CallOutcome;
  readonly leftAfterMs?: number;
  readonly secret: string;
  readonly joinId: string;
  readonly joinNumber: number;
  /** Of what this device has told in this join. */
  readonly revision: number;
  readonly frameKey: string;
  /** Ids of the last updates that were told. */
  readonly updateIds: readonly TransactionId[];
  /** Sealed to `frameKey`: statements of the keys in force, the newest last. */
  readonly sealedKeys: readonly string[];
  /** The joins that the newest statement is for. */
  readonly sealedFor: string;
}

export interface CallOver {
  readonly kind: CallOutcome | 'answeredElsewhere' | 'joinOther' | 'removed';
  /** Of `removed`: what its line says. */
  readonly outcome?: CallOutcome;
  /** Of `joinOther`: the call that is the one. */
  readonly callId?: CallId;
  readonly durationMs: number | null;
}

export const updateIdsKept = 64;

export function newCall(callId: CallId, relayTag: string): CallState {
  return {
    callId,
    phase: 'prepared',
    hasVideo: false,
    relayTag,
    invite: null,
    caller: null,
    answerer: null,
    answeredAtMs: null,
    exported: null,
    callerSecret: null,
    answererSecret: null,
    base: null,
    own: null,
    expected: null,
    hasRungOut: false,
    isBlocked: false,
    over: null,
  };
}

/** What is left once its line says how it ended: that it is over. */
export function settled({ callId, over }: CallState): CallState {
  return { ...newCall(callId, ''), phase: 'over', over };
}

/** What is left of a call that is over: no secret, no description. */
export function ended(state: CallState, over: CallOver): CallState {
  return {
    ...state,
    phase: 'over',
    over,
    invite: state.invite === null ? null : { ...state.invite, offer: '', commitment: '' },
    exported: null,
    callerSecret: null,
    answererSecret: null,
    base: null,
    own: null,
  };
}
