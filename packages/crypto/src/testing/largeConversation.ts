/**
 * A conversation of more devices than tests could run, for measuring what is stored of it. All members are in one hand,
 * and the epoch's secrets are the same for all, so any member's state is made of the one that is measured.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import * as mls from '@sotto/mls';
import { type CipherSuite, type SigningKey, type SuiteId, suiteIds } from '@sotto/primitives';
import { type AccountId, CredentialBodySchema, DeviceCredentialSchema, idFromBytes } from '@sotto/protocol';
import { groupOf, withState } from '../group/conversationGroup.ts';
import { leafLifetime, maxLifetimeSeconds } from '../group/keyPackages.ts';
import { pendingCommitOf } from '../group/pendingCommit.ts';
import { directPolicy, groupExtensions, memberCapabilities } from '../group/policy.ts';
import type { ConversationGroup, PendingCommit } from '../group/types.ts';
import { nowMs, provider } from './account.ts';
import { accepted } from './conversation.ts';

interface Member {
  readonly signer: SigningKey;
  readonly identity: Uint8Array;
  leafKey: Uint8Array;
}

/** Its devices by leaf; the group is as device 0 has it. Operations give the group after them, and change nothing. */
export class LargeConversation {
  readonly group: ConversationGroup;
  readonly #members: readonly Member[];

  private constructor(group: ConversationGroup, members: readonly Member[]) {
    this.group = group;
    this.#members = members;
  }

  /** Device 0 adds all others; then every `fillEvery`th device has committed, the last of them device 0. */
  static async create(
    size: number,
    options: { readonly fillEvery: number; readonly suite?: SuiteId },
  ): Promise<LargeConversation> {
    const suite = provider.suite(options.suite ?? suiteIds.hybridChaCha20);
    const accounts = [provider.randomBytes(16), provider.randomBytes(16)] as const;
    const members: Member[] = [];
    const proposals: mls.ProposalInput[] = [];
    for (let i = 0; i < size; i++) {
      const { member, own } = await createMember(suite, accounts[i & 1]!);
      members.push(member);
      if (i === 0) continue;
      const keyPackage = accepted(
        await mls.verifyKeyPackage(suite, own.bytes, { nowMs, maxLifetimeSeconds }),
      );
      proposals.push({ kind: 'add', keyPackage });
    }
    const accountIds = accounts.map((bytes) => idFromBytes<AccountId>(bytes)!);
    const [first] = members as [Member];
    const alone = accepted(
      await mls.createGroup(suite, first.signer, {
        groupId: provider.randomBytes(16),
        groupExtensions: groupExtensions(directPolicy(accountIds)),
        credential: { kind: 'basic', identity: first.identity },
        capabilities: memberCapabilities(suite),
        lifetime: leafLifetime(nowMs),
      }),
    );
    let state = (await commitAs(alone, first, proposals)).nextState;
    for (let leaf = size - 1 - ((size - 1) % options.fillEvery); leaf >= 0; leaf -= options.fillEvery) {
      state = await committedBy(state, members, leaf);
    }
    return new LargeConversation(accepted(groupOf(state)), members);
  }

  /** The group after a message of another device. */
  async messageOf(group: ConversationGroup, sender: number): Promise<ConversationGroup> {
    const member = this.#members[sender]!;
    const data = new Uint8Array(100);
    const sent = accepted(
      await mls.protect(stateOf(group.state, sender, member.leafKey), member.signer, data),
    );
    const received = await mls.unprotect(group.state, sent.bytes, { nowMs, maxLifetimeSeconds });
    if (received.kind !== 'application') throw new Error(`a message was ${received.kind}`);
    return withState(group, received.state);
  }

  /** The group after a message of device 0. */
  async ownMessage(group: ConversationGroup): Promise<ConversationGroup> {
    const sent = accepted(await mls.protect(group.state, this.#members[0]!.signer, new Uint8Array(100)));
    return withState(group, sent.state);
  }

  /** The group after another device renewed its keys. */
  async commitOf(group: ConversationGroup, sender: number): Promise<ConversationGroup> {
    const member = this.#members[sender]!;
    const pending = await commitAs(stateOf(group.state, sender, member.leafKey), member);
    const received = await mls.unprotect(group.state, pending.commitMessage, { nowMs, maxLifetimeSeconds });
    if (received.kind !== 'stagedCommit') throw new Error(`a commit was ${received.kind}`);
    const next = mls.merge(received);
    if (next.kind !== 'active') throw new Error('the device was removed');
    return accepted(groupOf(next));
  }

  /** Device 0 renews its keys. */
  async ownCommit(group: ConversationGroup): Promise<PendingCommit> {
    return accepted(pendingCommitOf(await commitAs(group.state, this.#members[0]!), group, []));
  }
}

async function createMember(
  suite: CipherSuite,
  accountId: Uint8Array,
): Promise<{ member: Member; own: mls.OwnKeyPackage }> {
  const signer = await suite.signature.importKey(suite.signature.generateSeed());
  const body = toBinary(
    CredentialBodySchema,
    create(CredentialBodySchema, {
      accountId,
      deviceId: provider.randomBytes(16),
      signatureKey: signer.publicKey,
      chainHash: provider.randomBytes(32),
    }),
  );
  // Nobody checks it here; only its size matters.
  const credential = create(DeviceCredentialSchema, { body, signature: provider.randomBytes(64) });
  const identity = toBinary(DeviceCredentialSchema, credential);
  const own = accepted(
    await mls.createKeyPackage(suite, signer, {
      credential: { kind: 'basic', identity },
      capabilities: memberCapabilities(suite),
      lifetime: leafLifetime(nowMs),
    }),
  );
  return { member: { signer, identity, leafKey: own.leafPrivateKey }, own };
}

async function commitAs(
  state: mls.GroupState,
  member: Member,
  proposals: readonly mls.ProposalInput[] = [],
): Promise<mls.PendingCommit> {
  return accepted(await mls.commit(state, member.signer, { nowMs, maxLifetimeSeconds, proposals }));
}

/** The next epoch after an empty commit of one member, as that member has it. */
async function committedBy(
  state: mls.GroupState,
  members: readonly Member[],
  leaf: number,
): Promise<mls.GroupState> {
  const member = members[leaf]!;
  const isOwn = state.ownLeafIndex === leaf;
  const { nextState } = await commitAs(isOwn ? state : stateOf(state, leaf, member.leafKey), member);
  member.leafKey = nextState.own.privateKeys.get(leaf * 2)!.slice();
  return nextState;
}

/** The state as the member of another leaf could have it that knows no private key but its leaf's: it can commit. */
function stateOf(state: mls.GroupState, leaf: number, leafKey: Uint8Array): mls.GroupState {
  const privateKeys = new Map([[leaf * 2, leafKey.slice()]]);
  return { ...state, ownLeafIndex: leaf, own: { ...state.own, privateKeys, life: { erased: false } } };
}
