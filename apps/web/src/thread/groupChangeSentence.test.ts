import { describe, expect, it } from 'vitest';
import type { AccountId, AccountView, GroupChangeView } from '../sotto.ts';
import { groupChangeSentence } from './groupChangeSentence.ts';

const person = (username: string): AccountView => ({
  accountId: username.padStart(32, '0') as AccountId,
  username,
});
const [maren, jonas, ida, wren, noor] = ['maren', 'jonas', 'ida', 'wren', 'noor'].map(person) as [
  AccountView,
  AccountView,
  AccountView,
  AccountView,
  AccountView,
];
const say = (change: GroupChangeView, by: AccountView): string =>
  groupChangeSentence(change, by, maren.accountId);

describe('the line of a change of a group', () => {
  it('says who was added by whom, and what they see', () => {
    expect(say({ kind: 'added', accounts: [ida], seesEarlier: false }, maren)).toBe(
      'You added ida. New members see messages from here on.',
    );
    expect(say({ kind: 'added', accounts: [maren], seesEarlier: false }, jonas)).toBe(
      'jonas added you. You see messages from here on.',
    );
    expect(say({ kind: 'added', accounts: [ida, maren], seesEarlier: true }, jonas)).toBe(
      'jonas added you and ida. New members see earlier messages, too.',
    );
    expect(say({ kind: 'joinedByLink', accounts: [maren], seesEarlier: true }, jonas)).toBe(
      'You joined by an invite link. Earlier messages are here for you, too.',
    );
  });

  it('names a few, and counts the rest', () => {
    expect(say({ kind: 'removed', accounts: [ida, wren, noor] }, jonas)).toBe(
      'jonas removed ida, wren and noor.',
    );
    expect(say({ kind: 'removed', accounts: [ida, wren, noor, maren] }, jonas)).toBe(
      'jonas removed you, ida and 2 others.',
    );
  });

  it('has a sentence for every change, with you in its place', () => {
    expect(say({ kind: 'created' }, maren)).toBe('You created the group.');
    expect(say({ kind: 'left', accounts: [maren] }, maren)).toBe('You left the group.');
    expect(say({ kind: 'left', accounts: [ida] }, jonas)).toBe('ida left the group.');
    expect(say({ kind: 'promoted', accounts: [maren] }, jonas)).toBe('jonas made you an admin.');
    expect(say({ kind: 'demoted', accounts: [ida] }, maren)).toBe('You removed ida as an admin.');
    expect(say({ kind: 'handedOver', accounts: [ida] }, maren)).toBe('You made ida the owner of the group.');
    expect(say({ kind: 'renamed', name: 'Rowing' }, ida)).toBe('ida named the group “Rowing”.');
    expect(say({ kind: 'sharesHistory', on: true }, ida)).toBe(
      'ida chose that new members see earlier messages.',
    );
    expect(say({ kind: 'invite', on: false }, maren)).toBe('You revoked an invite link.');
    expect(say({ kind: 'deleted' }, ida)).toBe('ida deleted the group. Nothing more can be written here.');
  });
});
