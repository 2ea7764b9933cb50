/** A group in tests: all of its devices, which take each commit in turn or refuse it. */
import * as mls from '@sotto/mls';
import { type SuiteId, suiteIds } from '@sotto/primitives';
import { type AccountId, type ConversationId, idFromBytes } from '@sotto/protocol';
import { createConversationGroup, proposeGroupChange } from '../group/ownCommits.ts';
import { groupExtensions, groupPolicy } from '../group/policy.ts';
import type { GroupChange, GroupPolicy, NewGroupOptions, Policy } from '../group/policyTypes.ts';
import { stageCommit } from '../group/stageCommit.ts';
import type {
  ClaimedKeyPackage,
  ConversationGroup,
  CryptoContext,
  GroupRefusal,
  NewKeyPackage,
  PendingCommit,
  StagedChange,
} from '../group/types.ts';
import { directoryOf, nowMs, provider, TestAccount } from './account.ts';
import { accepted, context, deviceOf, joinByWelcome, keyPackageOf, type TestDevice } from './conversation.ts';

export class GroupWorld {
  readonly conversationId: ConversationId = idFromBytes<ConversationId>(provider.randomBytes(16))!;
  readonly people: readonly TestDevice[];
  readonly suite: SuiteId;
  /** The group as each device that is in it has it, by account. */
  readonly groups = new Map<AccountId, ConversationGroup>();

  private constructor(people: readonly TestDevice[], suite: SuiteId) {
    this.people = people;
    this.suite = suite;
  }

  /** People with one device each, of whom the first creates a group with the next `members - 1`. */
  static async create(
    people: readonly TestDevice[],
    members: number,
    options: Partial<NewGroupOptions> = {},
    suite: SuiteId = suiteIds.x25519ChaCha20,
  ): Promise<GroupWorld> {
    const world = new GroupWorld(people, suite);
    const [founder, ...others] = people.slice(0, members) as [TestDevice, ...TestDevice[]];
    const policy = groupPolicy({
      accountIds: [founder, ...others].map(({ self }) => self.accountId),
      ownerId: founder.self.accountId,
      detailsHash: new Uint8Array(32).fill(1),
      ...options,
    });
    const packages = await Promise.all(others.map((one) => keyPackageOf(one, suite)));
    const created = accepted(
      await createConversationGroup(
        context,
        founder.self,
        {
          conversationId: world.conversationId,
          policy,
          members: packages.map(({ claimed }) => claimed),
          suite,
        },
        world.directory,
      ),
    );
    world.groups.set(founder.self.accountId, created.next);
    for (const [at, one] of others.entries()) {
      const joined = await joinByWelcome(created, one, packages[at]!.own, world.directory);
      world.groups.set(one.self.accountId, joined);
    }
    return world;
  }

  static async people(count: number): Promise<TestDevice[]> {
    const accounts = await Promise.all(Array.from({ length: count }, () => TestAccount.create()));
    return Promise.all(accounts.map((account) => deviceOf(account)));
  }

  get directory() {
    return directoryOf(...this.people.map(({ account }) => account));
  }

  at(person: TestDevice): ConversationGroup {
    return this.groups.get(person.self.accountId)!;
  }

  policyAt(person: TestDevice): GroupPolicy {
    const { policy } = this.at(person);
    if (policy.kind !== 'group') throw new Error('not a group');
    return policy;
  }

  propose(by: TestDevice, change: GroupChange, at: CryptoContext = context) {
    return proposeGroupChange(at, this.at(by), by.self, change, this.directory);
  }

  /** An `add` with a KeyPackage of each; `own` are their private parts. */
  async invitation(
    people: readonly TestDevice[],
  ): Promise<{ accountIds: AccountId[]; devices: ClaimedKeyPackage[]; own: NewKeyPackage[] }> {
    const packages = await Promise.all(people.map((one) => keyPackageOf(one, this.suite)));
    return {
      accountIds: people.map(({ self }) => self.accountId),
      devices: packages.map(({ claimed }) => claimed),
      own: packages.map(({ own }) => own),
    };
  }

  /** Everybody else takes the commit, and those who were added join. */
  async spread(
    by: TestDevice,
    pending: PendingCommit,
    added: readonly { readonly person: TestDevice; readonly own: NewKeyPackage }[] = [],
  ): Promise<StagedChange[]> {
    const staged: StagedChange[] = [];
    for (const person of this.people) {
      const { accountId } = person.self;
      const group = this.groups.get(accountId);
      if (group === undefined || person === by) continue;
      const one = accepted(await stageCommit(context, group, pending.append.commit, this.directory));
      const next = one.merge();
      if (next === null) this.groups.delete(accountId);
      else this.groups.set(accountId, next);
      staged.push(one);
    }
    this.groups.set(by.self.accountId, pending.next);
    for (const { person, own } of added) {
      this.groups.set(person.self.accountId, await joinByWelcome(pending, person, own, this.directory));
    }
    return staged;
  }

  /** Proposes and spreads; what all saw of it. */
  async change(by: TestDevice, change: GroupChange): Promise<StagedChange[]> {
    return this.spread(by, accepted(await this.propose(by, change)));
  }

  /** What the server then has of the group for those who join by themselves. */
  async spreadAnd(by: TestDevice, change: GroupChange): Promise<PendingCommit['append']> {
    const pending = accepted(await this.propose(by, change));
    await this.spread(by, pending);
    return pending.append;
  }

  async add(by: TestDevice, people: readonly TestDevice[]): Promise<StagedChange[]> {
    const { accountIds, devices, own } = await this.invitation(people);
    const pending = accepted(await this.propose(by, { kind: 'add', accountIds, devices }));
    return this.spread(
      by,
      pending,
      people.map((person, at) => ({ person, own: own[at]! })),
    );
  }

  /** A commit by a client that keeps no rules: this policy, with whatever else. */
  async forge(by: TestDevice, policy: Policy, options: Partial<mls.CommitOptions> = {}): Promise<Uint8Array> {
    const proposal = { kind: 'groupContextExtensions', extensions: groupExtensions(policy) } as const;
    const made = await mls.commit(this.at(by).state, by.self.signingKey, {
      nowMs,
      isSuccessor: () => true,
      ...options,
      proposals: [...(options.proposals ?? []), proposal],
    });
    return accepted(made).commitMessage;
  }

  /** A commit that does nothing, with this authenticated data. */
  async commitOnly(by: TestDevice, authenticatedData: Uint8Array): Promise<Uint8Array> {
    const options = { nowMs, isSuccessor: () => true, authenticatedData };
    return accepted(await mls.commit(this.at(by).state, by.self.signingKey, options)).commitMessage;
  }

  /** Remove proposals for all devices of these people. */
  removals(...people: readonly TestDevice[]): mls.ProposalInput[] {
    const gone = new Set(people.map(({ self }) => self.accountId));
    const [group] = this.groups.values();
    return group!.roster
      .filter(({ accountId }) => gone.has(accountId))
      .map(({ leaf }) => ({ kind: 'remove', leafIndex: leaf }));
  }

  async additions(...people: readonly TestDevice[]): Promise<mls.ProposalInput[]> {
    const packages = await Promise.all(people.map((one) => keyPackageOf(one, this.suite)));
    const suite = provider.suite(this.suite);
    return Promise.all(
      packages.map(async ({ claimed }) => ({
        kind: 'add',
        keyPackage: accepted(await mls.verifyKeyPackage(suite, claimed.keyPackage, { nowMs })),
      })),
    );
  }

  /** What each other member says to this commit: its refusal's reason, or `accepted`. */
  async verdicts(by: TestDevice, commit: Uint8Array, at: CryptoContext = context): Promise<string[]> {
    const said: string[] = [];
    for (const person of this.people) {
      const group = this.groups.get(person.self.accountId);
      if (group === undefined || person === by) continue;
      const staged: StagedChange | GroupRefusal = await stageCommit(at, group, commit, this.directory);
      said.push(staged.kind === 'refused' ? staged.reason : 'accepted');
    }
    return said;
  }
}
