/** A group of a thousand accounts in the hybrid suite: what it takes, and what half of its devices being dead changes. */
import { suiteIds } from '@sotto/primitives';
import { type AccountId, type ConversationId, idFromBytes, limits } from '@sotto/protocol';
import { expect, it } from 'vitest';
import { nowMs, provider, TestAccount } from '../testing/account.ts';
import { accepted, context, deviceOf, keyPackageOf, type TestDevice } from '../testing/conversation.ts';
import { encodeDetails } from './details.ts';
import { joinFromWelcome } from './joinFromWelcome.ts';
import { createNote } from './note.ts';
import { createConversationGroup, proposeGroupChange, removeDevices } from './ownCommits.ts';
import { groupPolicy } from './policy.ts';
import { stageCommit } from './stageCommit.ts';
import type { ConversationGroup, Directory, NewKeyPackage, PendingCommit } from './types.ts';

const size = 1000;
const suite = suiteIds.hybridChaCha20;

function fitsRequest({ append }: PendingCommit): void {
  expect(append.commit.length).toBeLessThan(limits.commitSizeBytes);
  expect(append.groupInfo.length).toBeLessThan(limits.groupInfoSizeBytes);
  expect(append.ratchetTree.length).toBeLessThan(limits.ratchetTreeSizeBytes);
  for (const { welcome } of append.welcomes) expect(welcome.length).toBeLessThan(limits.welcomeSizeBytes);
}

it('a thousand accounts make a group, change it, and take five hundred dead devices out', async () => {
  const people: TestDevice[] = [];
  for (let at = 0; at < size; at++) people.push(await deviceOf(await TestAccount.create()));
  const byAccount = new Map(people.map((one) => [one.self.accountId, one.account]));
  const directory: Directory = {
    chainOf: async (accountId) => byAccount.get(accountId)?.chain ?? null,
  };
  const packages: Awaited<ReturnType<typeof keyPackageOf>>[] = [];
  for (const person of people) packages.push(await keyPackageOf(person, suite));
  const [anna, ben] = people as [TestDevice, TestDevice];
  const conversationId = idFromBytes<ConversationId>(provider.randomBytes(16))!;
  const photo = new Uint8Array(limits.groupPhotoSizeBytes).fill(0xff);
  photo[1] = 0xd8;
  const details = encodeDetails(provider, { name: 'All', photo, description: 'x'.repeat(1000) });
  const accountIds = people.map(({ self }) => self.accountId);
  const policy = groupPolicy({ accountIds, ownerId: anna.self.accountId, detailsHash: details.hash });
  const options = { conversationId, policy, members: packages.slice(1).map(({ claimed }) => claimed), suite };
  const created = accepted(await createConversationGroup(context, anna.self, options, directory));
  fitsRequest(created);

  const join = async (person: TestDevice, own: NewKeyPackage): Promise<ConversationGroup> => {
    const sent = created.append.welcomes.find(({ deviceId }) => deviceId === person.self.deviceId)!;
    const { ratchetTree } = created.append;
    const found = { conversationId, ...sent, ratchetTree, findKeyPackage: () => own.privatePart };
    return accepted(await joinFromWelcome(context, person.self, found, directory)).group;
  };
  const atBen = await join(ben, packages[1]!.own);
  expect(atBen.roster).toHaveLength(size);

  // The largest note: everybody comes or goes at once, beside the largest details.
  const transactionId = idFromBytes<never>(provider.randomBytes(16))!;
  const gone: AccountId[] = accountIds.slice(2);
  const removal = { kind: 'remove', accountIds: gone } as const;
  const emptied = accepted(await proposeGroupChange(context, created.next, anna.self, removal, directory));
  fitsRequest(emptied);
  const note = await createNote(context, anna.self, emptied, { transactionId, details: details.encoded });
  expect(note.length).toBeLessThan(limits.noteSizeBytes);
  const staged = accepted(await stageCommit(context, atBen, emptied.append.commit, directory));
  expect(staged.left).toHaveLength(size - 2);

  // Half of the accounts lost their devices, and any member takes them out; the accounts stay members.
  const dead = people.slice(size / 2);
  for (const { account } of dead) {
    await account.addDevice();
    await account.removeDevice(account.keys[0]!);
  }
  const deviceIds = dead.map(({ self }) => self.deviceId);
  const cleaned = accepted(await removeDevices(context, atBen, ben.self, deviceIds, directory));
  fitsRequest(cleaned);
  const late = { ...context, nowMs: nowMs + 1000 };
  const atAnna = accepted(await stageCommit(late, created.next, cleaned.append.commit, directory));
  expect(atAnna.left).toHaveLength(size / 2);
  const after = atAnna.merge()!;
  expect(after.roster).toHaveLength(size / 2);
  expect(after.policy.accountIds).toHaveLength(size);
  expect(after.policy).toEqual(policy);
});
