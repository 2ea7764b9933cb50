/**
 * Who is named in a text (spec/messages.md, "Mentions"). Invariant: mentions behind this are within their text, in order,
 * apart from each other, and cut no character in two.
 */
import { type AccountId, type Mention as EncodedMention, idFromBytes, idToBytes } from '@sotto/protocol';
import type { MessageRules } from './messageRules.ts';

/** `length` UTF-16 units from `start`. */
export interface Mention {
  readonly start: number;
  readonly length: number;
  /** `everyone`: all members. */
  readonly accountId: AccountId;
}

/** The account that stands for all members. */
export const everyone = '00'.repeat(16) as AccountId;
const mentionsLimit = 100;

/** Those of `mentions` that can be in `text`: what lies outside, overlaps an earlier one or splits a character goes. */
export function soundMentions(text: string, mentions: readonly Mention[]): Mention[] {
  const sound: Mention[] = [];
  let end = 0;
  for (const mention of [...mentions].sort((a, b) => a.start - b.start)) {
    const { start, length } = mention;
    const isInside =
      Number.isSafeInteger(start) && start >= end && length > 0 && start + length <= text.length;
    if (!isInside || splitsCharacter(text, start) || splitsCharacter(text, start + length)) continue;
    sound.push(mention);
    end = start + length;
    if (sound.length === mentionsLimit) break;
  }
  return sound;
}

/** Those that its author may make: to others, who names everyone and may not says so in words only. */
export function allowedMentions(
  rules: MessageRules,
  authorId: AccountId,
  mentions: readonly Mention[],
): readonly Mention[] {
  if (!namesEveryone(mentions) || rules.may(authorId, 'nameEveryone')) return mentions;
  return mentions.filter(({ accountId }) => accountId !== everyone);
}

export function namesEveryone(mentions: readonly Mention[]): boolean {
  return mentions.some(({ accountId }) => accountId === everyone);
}

/** Whether `at` stands between the two halves of a surrogate pair. */
function splitsCharacter(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000;
}

export function decodeMentions(text: string, mentions: readonly EncodedMention[]): Mention[] {
  const known = mentions.slice(0, mentionsLimit).flatMap(({ start, length, accountId: id }) => {
    const accountId = idFromBytes<AccountId>(id);
    return accountId === null ? [] : [{ start, length, accountId }];
  });
  return soundMentions(text, known);
}

export function encodeMentions(mentions: readonly Mention[]) {
  return mentions.map(({ start, length, accountId }) => ({ start, length, accountId: idToBytes(accountId) }));
}
