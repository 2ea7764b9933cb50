/** Where the call of this page is shown, and what of calls was asked for, whichever chat is open. */
import { useSyncExternalStore } from 'react';
import type { CallId, ConversationId } from '../sotto.ts';

/** `full`: over the whole window. `beside`: with a chat beside it. `bar`: a line above the chats. */
export type CallPlace = 'full' | 'beside' | 'bar';

export interface WantedCall {
  readonly conversationId: ConversationId;
  readonly video: boolean;
}

/** A group's call that is to be looked at before one is in it. */
export interface WantedGroupCall {
  readonly conversationId: ConversationId;
  /** Null: none is open there, one is to begin. */
  readonly callId: CallId | null;
  readonly video: boolean;
}

interface Stage {
  /** Null: this page is in no call. */
  readonly place: CallPlace | null;
  /** Somebody is to be called; taken as soon as what calls need is here. */
  readonly wanted: WantedCall | null;
  readonly wantedGroup: WantedGroupCall | null;
  /** This page is in a group's call: what is shown is that one, also while a call of two grows into it. */
  readonly inGroupCall: boolean;
  /** Microphone and camera are to be tried. */
  readonly checking: boolean;
}

const empty: Stage = { place: null, wanted: null, wantedGroup: null, inGroupCall: false, checking: false };
let stage: Stage = empty;
const listeners = new Set<() => void>();

function setStage(change: Partial<Stage>): void {
  stage = { ...stage, ...change };
  for (const listener of [...listeners]) listener();
}

export function wantCall(wanted: WantedCall | null): void {
  setStage({ wanted });
}

export function wantGroupCall(wantedGroup: WantedGroupCall | null): void {
  setStage({ wantedGroup });
}

export function setInGroupCall(inGroupCall: boolean): void {
  if (inGroupCall !== stage.inGroupCall) setStage({ inGroupCall });
}

export function showCall(place: CallPlace | null): void {
  if (place !== stage.place) setStage({ place });
}

export function checkDevices(checking: boolean): void {
  setStage({ checking });
}

/** Nothing of one account is left for the next. */
export function clearCallStage(): void {
  setStage(empty);
}

export function useCallStage(): Stage {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => stage,
  );
}
