import { actionOf, type WireError } from '@sotto/protocol';
import type { Deadline } from '../device/deadline.ts';

/** What a piece of work came to. */
export type WorkResult =
  /** Something changed: look again. */
  | { readonly kind: 'again' }
  /** Nothing to do until woken: by the log, a command, or a new connection. */
  | { readonly kind: 'idle' }
  /** Look again after this time, or when woken before. */
  | { readonly kind: 'later'; readonly delayMs: number }
  /** The server asked for patience: not before this time. */
  | { readonly kind: 'pause'; readonly delayMs: number };

/** What is remembered of a conversation while one connection lasts. */
export interface WorkNotes {
  /** The server spoke of this epoch, which the log here has not reached. */
  awaitedEpoch: bigint | null;
  /** Until when it may take, and whether the log was read again since. */
  awaitUntil: Deadline | null;
  hasReread: boolean;
  /** Nothing is sent before. */
  pause: Deadline | null;
  /** A Welcome may be in the inbox: no own join before this reading of it has come to its head. */
  joinAfterInboxRead: number;
  /** When the receipt that is due is told: a moment later, so that many become one. */
  receiptAfter: Deadline | null;
  /**
   * Whether devices of the members that their chains no longer list were looked for: on each connection once, at the
   * latest before anything is sealed for them (`onUse`), and again when a chain has changed (`now`).
   */
  checkDevices: 'onUse' | 'now' | 'done';
  /** When this device takes out devices that are not listed any more, where nobody else did before. */
  removeAfter: Deadline | null;
  /** When this device takes out who left a group, where nobody else did before. */
  takeOutAfter: Deadline | null;
  /** The same of letting in who asks by a link. */
  letInAfter: Deadline | null;
  /**
   * The pending commit was made on an earlier connection: what it deposits is sealed anew before it is sent again, past
   * devices that were removed since.
   */
  isPendingOld: boolean;
  /** Who asks to join is to be asked of the server. */
  readRequests: boolean;
}

const refusedDelayMs = 60_000;
const retryDelayMs = 2_000;

/** Something that is needed first could not be had from the server: a while later, or on the next connection. */
export const tryLater: WorkResult = { kind: 'later', delayMs: retryDelayMs };

/** When to try again after an error that this work cannot do anything about. */
export function afterError(error: WireError): WorkResult {
  if (actionOf(error) === 'retry') {
    return { kind: 'pause', delayMs: Math.max(error.retryAfterMs ?? 0, retryDelayMs) };
  }
  return { kind: 'pause', delayMs: refusedDelayMs };
}

/** Of two things that there may be to do later, the one that comes first; of others the second. */
export function sooner(one: WorkResult | null, other: WorkResult | null): WorkResult | null {
  if (one?.kind !== 'later' || other?.kind !== 'later') return other ?? one;
  return one.delayMs < other.delayMs ? one : other;
}
