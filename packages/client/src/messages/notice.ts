import type { Notice } from '../api.ts';

export type NoticeKind = Exclude<Notice['kind'], 'groupChanged' | 'timer'>;

const kinds: Readonly<Record<NoticeKind, true>> = {
  conversationStarted: true,
  startedWithoutHistory: true,
  deviceJoined: true,
  deviceLeft: true,
  joinedLate: true,
  healed: true,
  historyOff: true,
  historyOn: true,
  historyStaysOff: true,
  historyGap: true,
  disappeared: true,
};

/** Null for a kind of a later version's database. */
export function noticeKind(text: string): NoticeKind | null {
  return Object.hasOwn(kinds, text) ? (text as NoticeKind) : null;
}
