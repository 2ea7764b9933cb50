import type { AccountId, AccountView, GroupChangeView } from '../sotto.ts';
import { words } from '../words.ts';

/** What `by` did to a group, to the account whose screen it is. */
export function groupChangeSentence(change: GroupChangeView, by: AccountView, own: AccountId | null): string {
  const { change: say } = words.groups;
  const who = by.accountId === own ? words.common.you : by.username;
  switch (change.kind) {
    case 'added': {
      const names = objects(change.accounts, own);
      return `${say.added(who, names)} ${reach(change, own)}`;
    }
    case 'joinedByLink':
      return `${say.joinedByLink(subjects(change.accounts, own))} ${reach(change, own)}`;
    case 'left':
      return say.left(subjects(change.accounts, own));
    case 'removed':
    case 'promoted':
    case 'demoted':
    case 'handedOver':
      return say[change.kind](who, objects(change.accounts, own));
    case 'renamed':
      return say.renamed(who, change.name);
    case 'sharesHistory':
      return change.on ? say.sharesHistoryOn(who) : say.sharesHistoryOff(who);
    case 'invite':
      return change.on ? say.inviteOn(who) : say.inviteOff(who);
    case 'rights':
    case 'created':
    case 'photo':
    case 'description':
    case 'deleted':
      return say[change.kind](who);
  }
}

type Joined = Extract<GroupChangeView, { kind: 'added' | 'joinedByLink' }>;

/** What those who came see of what was said before. */
function reach({ accounts, seesEarlier }: Joined, own: AccountId | null): string {
  const { change: say } = words.groups;
  const withSelf = accounts.some(({ accountId }) => accountId === own);
  return seesEarlier
    ? say.addedEarlier(accounts.length, withSelf)
    : say.addedLater(accounts.length, withSelf);
}

/** Names at the beginning of a sentence, oneself first. */
function subjects(accounts: readonly AccountView[], own: AccountId | null): string[] {
  return named(accounts, own, words.common.you);
}

/** Names within a sentence, oneself first. */
function objects(accounts: readonly AccountView[], own: AccountId | null): string[] {
  return named(accounts, own, words.groups.you);
}

function named(accounts: readonly AccountView[], own: AccountId | null, self: string): string[] {
  const others = accounts.filter(({ accountId }) => accountId !== own).map(({ username }) => username);
  return others.length < accounts.length ? [self, ...others] : others;
}
