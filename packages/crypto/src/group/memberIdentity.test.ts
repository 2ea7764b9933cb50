import { type AccountId, type ConversationId, idFromBytes } from '@sotto/protocol';
import { expect, it } from 'vitest';
import { directoryOf, provider, TestAccount } from '../testing/account.ts';
import { accepted, context, deviceOf, joinByWelcome, keyPackageOf } from '../testing/conversation.ts';
import { encodeDetails } from './details.ts';
import { joinFromWelcome } from './joinFromWelcome.ts';
import { createConversationGroup, proposeGroupChange } from './ownCommits.ts';
import { groupPolicy } from './policy.ts';
import { stageCommit } from './stageCommit.ts';
import type { Directory } from './types.ts';

it('all chains that are not there are asked for at once: by who joins, and by who sees others come', async () => {
  const accounts = [];
  for (let at = 0; at < 12; at++) accounts.push(await TestAccount.create());
  const people = await Promise.all(accounts.map((account) => deviceOf(account)));
  const [anna, ben] = people as [(typeof people)[0], (typeof people)[0]];
  const packages = await Promise.all(people.map((person) => keyPackageOf(person)));
  const everybody = directoryOf(...accounts);
  const conversationId = idFromBytes<ConversationId>(provider.randomBytes(16))!;
  const details = encodeDetails(provider, { name: 'All', photo: new Uint8Array(0), description: '' });
  const first = people.slice(0, 6).map(({ self }) => self.accountId);
  const later = people.slice(6).map(({ self }) => self.accountId);
  const policy = groupPolicy({
    accountIds: first,
    ownerId: anna.self.accountId,
    detailsHash: details.hash,
  });
  const members = packages.slice(1, 6).map(({ claimed }) => claimed);
  const created = accepted(
    await createConversationGroup(context, anna.self, { conversationId, policy, members }, everybody),
  );

  const asked = new Set<AccountId>();
  const nobody = (known: readonly AccountId[]): Directory => ({
    chainOf: async (accountId, atLeastSeq) => {
      if (known.includes(accountId)) return everybody.chainOf(accountId, atLeastSeq);
      asked.add(accountId);
      return null;
    },
  });
  const { welcome } = created.append.welcomes.find(({ deviceId }) => deviceId === ben.self.deviceId)!;
  const { ratchetTree } = created.append;
  const findKeyPackage = () => packages[1]!.own.privatePart;
  const sent = { conversationId, welcome, ratchetTree, findKeyPackage };
  expect(await joinFromWelcome(context, ben.self, sent, nobody([]))).toMatchObject({
    reason: 'chain_unavailable',
  });
  expect([...asked].sort()).toEqual([...first].sort());

  const atBen = await joinByWelcome(created, ben, packages[1]!.own, everybody);
  const devices = packages.slice(6).map(({ claimed }) => claimed);
  const change = { kind: 'add', accountIds: later, devices } as const;
  const added = accepted(await proposeGroupChange(context, created.next, anna.self, change, everybody));
  asked.clear();
  expect(await stageCommit(context, atBen, added.append.commit, nobody(first))).toMatchObject({
    reason: 'chain_unavailable',
  });
  expect([...asked].sort()).toEqual([...later].sort());
  expect((await stageCommit(context, atBen, added.append.commit, everybody)).kind).toBe('stagedChange');
});
