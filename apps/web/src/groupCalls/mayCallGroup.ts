import type { ConversationView } from '../sotto.ts';

/** Up to so many accounts, a group's calls ring where nothing else was chosen, and one joins with the microphone on. */
const smallGroup = 8;
/** Larger groups never ring (spec/groupCalls.md). */
const ringLimit = 32;

/** Whether beginning a call is offered in a group. */
export function mayCallGroup({ kind, ended, may }: ConversationView): boolean {
  return kind === 'group' && ended === null && may.call;
}

export function ringsByItself(memberCount: number): boolean {
  return memberCount <= smallGroup;
}

export function mayRing(memberCount: number): boolean {
  return memberCount > 1 && memberCount <= ringLimit;
}

export function joinsMuted(memberCount: number): boolean {
  return memberCount > smallGroup;
}
