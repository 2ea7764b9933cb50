import type { ConversationId } from '@sotto/protocol';
import type { Outcome } from './api.ts';

/** Commands about disappearing messages: part of `SottoApi`. */
export interface DisappearingApi {
  /**
   * Messages of the conversation disappear after this time from now on: 0 (they stay), or whole seconds from 5 to four
   * weeks. Stored at once, and in force once the members' devices have it (`ConversationView.timer`).
   */
  setTimer(conversationId: ConversationId, seconds: number): Promise<Outcome<null, TimerProblem>>;
  /** What new conversations of this account begin with. */
  setDefaultTimer(seconds: number): Promise<Outcome<null, TimerProblem>>;
  readDefaultTimer(): Promise<number>;
}

/** `notAllowed`: the group lets only others. `ended`: it was left, or deleted. */
export interface TimerProblem {
  readonly kind: 'notAllowed' | 'unknownConversation' | 'ended' | 'outOfRange';
}

/** The timer of a conversation. */
export interface TimerView {
  /** In force; 0: messages stay. */
  readonly seconds: number;
  /** What this account asked for and is not in force yet; null: nothing. */
  readonly wanted: number | null;
  /** Why what was asked for did not come about; null where it may still. */
  readonly problem: TimerProblem | null;
}

/** Of a message that disappears. */
export interface MessageTimerView {
  readonly seconds: number;
  /** By this device's clock; null: its time has not begun. */
  readonly expiresAtMs: number | null;
}
