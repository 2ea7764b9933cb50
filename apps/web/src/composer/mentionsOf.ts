import type { MemberView, MentionView } from '../sotto.ts';
import { words } from '../words.ts';

const pattern = /(?<![\w@.-])@([a-z](?:[._-]?[a-z0-9])*)/giu;

/** Who is named in a text that is sent: `@` and the name of a member, or everyone where that is allowed. */
export function mentionsOf(
  text: string,
  members: readonly MemberView[],
  mayNameEveryone: boolean,
): readonly MentionView[] {
  if (!text.includes('@')) return [];
  const byName = new Map(members.map(({ account }) => [account.username.toLowerCase(), account]));
  const mentions: MentionView[] = [];
  for (const match of text.matchAll(pattern)) {
    const name = match[1]!.toLowerCase();
    const account = byName.get(name);
    const range = { start: match.index, end: match.index + match[0].length };
    if (account !== undefined) mentions.push({ ...range, account });
    else if (mayNameEveryone && name === words.messaging.composer.everyone)
      mentions.push({ ...range, account: null });
  }
  return mentions;
}
