import { accepted, createPerson, type Person } from '@sotto/client/people';
import {
  type ConversationGroup,
  CredentialCache,
  type CryptoContext,
  createConversationGroup,
  createDeposit,
  createKeyPackages,
  type Directory,
  encodeDetails,
  groupPolicy,
  historyKeyOf,
  joinFromWelcome,
  type PendingCommit,
  type Provider,
  proposeGroupChange,
  stageCommit,
  type VerifiedChain,
  verifyChain,
} from '@sotto/crypto';
import type { ChainEntry, ConversationId } from '@sotto/protocol';
import type { LightMember } from './lightMembers.ts';

/** Milliseconds. */
export interface GroupTimes {
  /** With all others, until it is there. */
  readonly create: number;
  /** From its Welcome, by one who was added. */
  readonly join: number;
  readonly add: number;
  readonly remove: number;
  /** By a member, what the committer did. */
  readonly processAdd: number;
  readonly processRemove: number;
}

type Stranger = Person & { readonly entry: ChainEntry };

/** Verifies each chain when it is asked for first. */
function directoryOf(provider: Provider, people: ReadonlyMap<string, Stranger>): Directory {
  const chains = new Map<string, Promise<VerifiedChain>>();
  return {
    async chainOf(accountId) {
      const person = people.get(accountId);
      if (person === undefined) return null;
      const known =
        chains.get(accountId) ?? verifyChain(provider, [person.entry], { accountId }).then(accepted);
      chains.set(accountId, known);
      return known;
    },
  };
}

/**
 * What cryptography alone takes for a group of `members`, but for one who comes, and two more, each step once and nothing known before, as on
 * devices: the members' chains, MLS, the rules of the group, and the history key sealed to each account with every commit. No server, no
 * disk.
 */
export async function measureGroupFloor(
  provider: Provider,
  members: readonly LightMember[],
): Promise<GroupTimes> {
  const [owner, joiner] = [await createPerson(provider), await createPerson(provider)];
  const people = new Map<string, Stranger>(
    [owner, joiner, ...members].map((person) => [person.self.accountId, person]),
  );
  const [ownDirectory, otherDirectory] = [directoryOf(provider, people), directoryOf(provider, people)];
  const [ownCredentials, otherCredentials] = [new CredentialCache(), new CredentialCache()];
  const own = (): CryptoContext => ({ provider, nowMs: Date.now(), credentials: ownCredentials });
  const other = (): CryptoContext => ({ provider, nowMs: Date.now(), credentials: otherCredentials });
  const [keyPackage] = await createKeyPackages(other(), joiner.self, 1);
  const { accountId, deviceId } = joiner.self;
  const [coming, leaving, ...others] = members as [LightMember, LightMember, ...LightMember[]];
  const conversationId = provider.randomBytes(16).toHex() as ConversationId;
  const details = encodeDetails(provider, { name: 'Everybody', photo: new Uint8Array(0), description: '' });
  const claimed = [
    { accountId, deviceId, keyPackage: keyPackage!.keyPackage },
    ...[leaving, ...others].map((member) => member.claimed),
  ];

  const depositTo = async ({ next }: PendingCommit): Promise<void> => {
    const key = { conversationId, epoch: next.epoch, historyKey: historyKeyOf(next) };
    for (const id of next.policy.accountIds)
      await createDeposit(provider, owner.self, key, people.get(id)!.chain);
  };
  const policy = groupPolicy({
    accountIds: [owner.self.accountId, ...claimed.map((member) => member.accountId)].sort(),
    ownerId: owner.self.accountId,
    detailsHash: details.hash,
  });
  const [create, created] = await timed(async () => {
    const options = { conversationId, policy, members: claimed };
    const made = accepted(await createConversationGroup(own(), owner.self, options, ownDirectory));
    await depositTo(made);
    return made;
  });
  const [join, joined] = await timed(async () => {
    const { ratchetTree, welcomes } = created.append;
    const { welcome } = welcomes.find((sent) => sent.deviceId === deviceId)!;
    const findKeyPackage = () => keyPackage!.privatePart;
    const sent = { conversationId, welcome, ratchetTree, findKeyPackage };
    return accepted(await joinFromWelcome(other(), joiner.self, sent, otherDirectory)).group;
  });
  const change = async (group: ConversationGroup, wanted: Parameters<typeof proposeGroupChange>[3]) =>
    await timed(async () => {
      const made = accepted(await proposeGroupChange(own(), group, owner.self, wanted, ownDirectory));
      await depositTo(made);
      return made;
    });
  const process = async (group: ConversationGroup, { append }: PendingCommit) =>
    await timed(
      async () => accepted(await stageCommit(other(), group, append.commit, otherDirectory)).merge()!,
    );
  const gone = { kind: 'remove', accountIds: [leaving.self.accountId] } as const;
  const [remove, removed] = await change(created.next, gone);
  const [processRemove, afterRemoval] = await process(joined, removed);
  const accountIds = [coming.self.accountId];
  const [add, added] = await change(removed.next, { kind: 'add', accountIds, devices: [coming.claimed] });
  const [processAdd] = await process(afterRemoval, added);
  return { create, join, add, remove, processAdd, processRemove };
}

async function timed<T>(work: () => Promise<T>): Promise<[ms: number, value: T]> {
  const startMs = performance.now();
  const value = await work();
  return [performance.now() - startMs, value];
}
