import { type CipherSuite, equalBytes } from '@sotto/primitives';
import {
  commit,
  encodePrivateState,
  encodePublicTree,
  epochAuthenticator,
  externalJoin,
  type GroupState,
  groupInfo,
  merge,
  mergeJoin,
  type OwnKeyPackage,
  type Proposal,
  type ProposalInput,
  protect,
  type Signer,
  stageWelcome,
  type Unprotected,
  unprotect,
  type VerifiedKeyPackage,
  verifyGroupInfo,
} from '../index.ts';
import type { TreeEditor } from '../tree/ratchetTree.ts';
import { accepted, check, toHex } from './bytes.ts';
import { Device, groupOf, policy } from './device.ts';
import { type Forgery, forgeCommit, forgeMessage } from './forge.ts';
import { forgePrivate } from './forgePrivate.ts';

/**
 * A live group of honest members and a malicious one, driven by bytes: what the members do, and what reaches them,
 * changed, dropped, replayed, out of order or forged with valid keys. Whatever the bytes, no operation throws, a refusal
 * leaves the state as it was, honest members in one epoch judge alike and agree, and they can go on.
 */
export interface SequenceStart {
  readonly suite: CipherSuite;
  readonly honest: readonly Participant[];
  readonly mallory: Participant;
  readonly newcomers: readonly Newcomer[];
}

interface Participant {
  readonly signer: Signer;
  readonly credential: Device['credential'];
  readonly state: GroupState;
}

interface Newcomer {
  readonly device: Device;
  readonly published: VerifiedKeyPackage;
  readonly own: OwnKeyPackage;
}

const maxSteps = 40;
const lenient = { ...policy, allowProposalReferences: true };

export async function sequenceStart(suite: CipherSuite): Promise<SequenceStart> {
  const devices = await groupOf(suite, 6);
  const participants = devices.map(({ signer, credential, active }) => ({
    signer,
    credential,
    state: active,
  }));
  const newcomers: Newcomer[] = [];
  for (let i = 0; i < 8; i++) {
    const device = await Device.make(suite, `newcomer ${i}`);
    newcomers.push({ device, published: await device.publish(), own: device.ownKeyPackage() });
  }
  const [mallory, ...honest] = participants as [Participant, ...Participant[]];
  return { suite, honest, mallory, newcomers };
}

function snapshot(state: GroupState): Uint8Array[] {
  return [encodePrivateState(state), encodePublicTree(state)];
}

function isSame(left: readonly Uint8Array[], right: readonly Uint8Array[]): boolean {
  return left.every((bytes, i) => equalBytes(bytes, right[i]!));
}

/** Members in one epoch with one history. */
function viewOf(state: GroupState): string {
  const stored = state.own.storedProposals.map(({ reference }) => toHex(reference));
  return [toHex(state.groupContext.confirmedTranscriptHash), ...stored].join();
}

export class Sequence {
  readonly #suite: CipherSuite;
  readonly #newcomers: Newcomer[];
  readonly #script: Uint8Array;
  #at = 0;
  #honest: Participant[];
  #mallory: Participant | null;
  readonly #sent: Uint8Array[] = [];

  constructor(start: SequenceStart, script: Uint8Array) {
    this.#suite = start.suite;
    this.#newcomers = start.newcomers.slice();
    this.#honest = start.honest.slice();
    this.#mallory = start.mallory;
    this.#script = script;
  }

  #next(): number {
    return this.#script[this.#at++] ?? 0;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#next() % items.length]!;
  }

  /** Honest members in the latest epoch that most of them are in. */
  get #current(): Participant[] {
    let latest = 0n;
    for (const { state } of this.#honest)
      if (state.groupContext.epoch > latest) latest = state.groupContext.epoch;
    const ahead = this.#honest.filter(({ state }) => state.groupContext.epoch === latest);
    const groups = Object.values(Object.groupBy(ahead, ({ state }) => viewOf(state)));
    return groups.reduce<Participant[]>((most, each) => (each!.length > most.length ? each! : most), []);
  }

  async run(): Promise<void> {
    for (let step = 0; step < maxSteps && this.#at < this.#script.length; step++) {
      if (this.#current.length < 2) return;
      await this.#step();
    }
  }

  async #step(): Promise<void> {
    switch (this.#next() % 9) {
      case 0:
        return this.#say();
      case 1:
        return this.#commitHonestly();
      case 2:
        await this.#deliver(this.#changed(), this.#honest);
        return;
      case 3:
        if (this.#sent.length > 0) await this.#deliver(this.#pick(this.#sent), this.#honest);
        return;
      case 4: {
        // Three messages, delivered backwards, and one of them perhaps to nobody.
        const said = [await this.#speak(), await this.#speak(), await this.#speak()].reverse();
        said.splice(this.#next() % 4, 1);
        for (const each of said) if (each !== null) await this.#deliver(each.bytes, this.#honest);
        return;
      }
      case 5:
        return this.#forge(() => this.#forgedCommit());
      case 6:
        return this.#forge(() => this.#forgedPrivate());
      case 7:
        return this.#forge(() => this.#forgedProposal());
      case 8:
        return this.#rejoin();
    }
  }

  #replace(before: Participant, state: GroupState | null): void {
    this.#honest = this.#honest.flatMap((each) =>
      each !== before ? [each] : state === null ? [] : [{ ...each, state }],
    );
  }

  /** A message of an honest member that nobody has got yet; null after a ReInit. */
  async #speak(): Promise<{ readonly bytes: Uint8Array; readonly to: readonly Participant[] } | null> {
    const speaker = this.#pick(this.#current);
    const sent = await protect(speaker.state, speaker.signer, Uint8Array.of(this.#at));
    if (sent.kind === 'refused') {
      check(sent.rule === 'MLS-11.2-11', `protect refused for ${sent.rule}`);
      return null;
    }
    this.#replace(speaker, sent.state);
    this.#sent.push(sent.bytes);
    const to = this.#current.filter(({ signer }) => signer !== speaker.signer);
    return { bytes: sent.bytes, to };
  }

  async #say(): Promise<void> {
    const said = await this.#speak();
    if (said === null) return;
    for (const result of await this.#deliver(said.bytes, said.to)) {
      check(result.kind === 'application', 'an honest message is read');
    }
  }

  #proposals(current: readonly Participant[], actor: Participant): ProposalInput[] {
    const choice = this.#next() % 6;
    const leaf = this.#pick(current).state.ownLeafIndex;
    const newcomer = this.#newcomers[0];
    if (choice === 1 && newcomer) return [{ kind: 'add', keyPackage: newcomer.published }];
    if (choice === 2 && leaf !== actor.state.ownLeafIndex) return [{ kind: 'remove', leafIndex: leaf }];
    if (choice === 3) return [{ kind: 'groupContextExtensions', extensions: [] }];
    return [];
  }

  /** A commit that keeps the rules is taken by all who are up to date, whatever was done to the group before. */
  async #commitHonestly(): Promise<void> {
    const current = this.#current;
    const actor = this.#pick(current);
    const proposals = this.#proposals(current, actor);
    const wireFormat = this.#next() % 2 === 0 ? 'private' : 'public';
    const pending = await commit(actor.state, actor.signer, { ...policy, proposals, wireFormat });
    if (pending.kind === 'refused') {
      const isAlreadyIn = proposals[0]?.kind === 'add' && pending.reason === 'duplicate_key';
      check(pending.rule === 'MLS-11.2-11' || isAlreadyIn, `an honest commit is refused for ${pending.rule}`);
      return;
    }
    this.#sent.push(pending.commitMessage);
    const others = current.filter((each) => each !== actor);
    this.#replace(actor, pending.nextState);
    const results = await this.#deliver(pending.commitMessage, others);
    check(
      results.every((result) => result.kind === 'stagedCommit'),
      'an honest commit is taken',
    );
    await this.#follow(pending.commitMessage);
    if (pending.welcomes.length > 0) await this.#welcome(pending.welcomes[0]!.bytes, pending.ratchetTree);
  }

  async #welcome(welcome: Uint8Array, ratchetTree: Uint8Array): Promise<void> {
    const { device, own } = this.#newcomers.shift()!;
    const state = mergeJoin(
      accepted(await stageWelcome(this.#suite, { welcome, keyPackage: own, ratchetTree })),
    );
    this.#honest.push({ signer: device.signer, credential: device.credential, state });
  }

  /** Mallory keeps up where she can. */
  async #follow(commitMessage: Uint8Array): Promise<void> {
    if (this.#mallory === null) return;
    const staged = await unprotect(this.#mallory.state, commitMessage, lenient);
    const next = staged.kind === 'stagedCommit' ? merge(staged) : null;
    this.#mallory = next?.kind === 'active' ? { ...this.#mallory, state: next } : null;
  }

  #changed(): Uint8Array {
    if (this.#sent.length === 0) return this.#script.subarray(this.#at);
    const bytes = this.#pick(this.#sent).slice();
    for (let left = 1 + (this.#next() % 3); left > 0; left--) {
      const at = ((this.#next() << 8) | this.#next()) % bytes.length;
      bytes[at]! ^= this.#next() || 1;
    }
    return this.#next() % 4 === 0 ? bytes.subarray(0, this.#next()) : bytes;
  }

  /** Delivers what Mallory makes, where she can make it: what stops her from forging is not what is looked for. */
  async #forge(make: () => Promise<Uint8Array>): Promise<void> {
    if (this.#mallory === null) return;
    const message = await make().catch(() => null);
    if (message === null) return;
    this.#sent.push(message);
    const results = await this.#deliver(message, this.#honest);
    if (results.some((result) => result.kind === 'stagedCommit')) this.#mallory = null;
  }

  #forgedProposals(): Proposal[] {
    const nonce = new Uint8Array(32).fill(this.#next());
    const extension = { type: (this.#next() << 8) | this.#next(), data: Uint8Array.of(this.#next()) };
    const groupId = new Uint8Array(1);
    const reInit = { groupId, version: this.#next(), cipherSuite: this.#suite.id, extensions: [extension] };
    const keyPackage = this.#pick(this.#newcomers)?.published.keyPackage;
    const all: Proposal[] = [
      { kind: 'remove', leafIndex: this.#next() % 10 },
      { kind: 'remove', leafIndex: this.#next() * 0x1010101 },
      { kind: 'groupContextExtensions', extensions: [extension] },
      { kind: 'groupContextExtensions', extensions: [] },
      { kind: 'psk', psk: { kind: 'external', pskId: nonce, nonce } },
      { kind: 'externalInit', kemOutput: nonce },
      { kind: 'reInit', reInit },
      ...(keyPackage ? [{ kind: 'add', keyPackage } as const] : []),
    ];
    return Array.from({ length: this.#next() % 3 }, () => this.#pick(all));
  }

  async #forgedCommit(): Promise<Uint8Array> {
    const { state, signer } = this.#mallory!;
    const proposals = this.#forgedProposals();
    const extended = proposals.find((proposal) => proposal.kind === 'groupContextExtensions');
    const hooks: Partial<Forgery>[] = [
      {},
      {},
      { publicKeys: (keys) => keys.toReversed() },
      { pathSecrets: (secrets) => secrets.map((secret) => secret.subarray(this.#next() % 2)) },
      { confirmationTag: (tag) => tag.toReversed() },
      { leafSource: () => ({ kind: 'update' }) },
      { changePath: (path) => ({ ...path, nodes: path.nodes.slice(1) }) },
      { references: state.own.storedProposals.map(({ reference }) => reference) },
    ];
    const edit = (tree: TreeEditor): number[] => {
      for (const each of proposals) {
        if (each.kind === 'remove' && each.leafIndex < tree.leafCount) tree.remove(each.leafIndex);
      }
      tree.truncate();
      return proposals.flatMap((each) => (each.kind === 'add' ? [tree.add(each.keyPackage.leafNode)] : []));
    };
    return forgeCommit(state, signer, {
      path: this.#next() % 4 !== 0,
      proposals,
      edit,
      ...(extended ? { extensions: extended.extensions } : {}),
      ...this.#pick(hooks),
    });
  }

  async #forgedPrivate(): Promise<Uint8Array> {
    const { state, signer } = this.#mallory!;
    const size = this.#next();
    const raw = this.#script.slice(this.#at, this.#at + size);
    return this.#pick([
      () => forgePrivate(state, signer, { plaintext: raw }),
      () => forgePrivate(state, signer, { senderData: raw.subarray(0, 12) }),
      () => forgePrivate(state, signer, { generation: this.#next() * 8, leafIndex: this.#next() % 12 }),
      () => forgePrivate(state, signer, { padding: raw }),
      () =>
        forgePrivate(state, signer, {
          plaintext: raw,
          content: { kind: 'commit', commit: { proposals: [], path: null } },
        }),
    ])();
  }

  async #forgedProposal(): Promise<Uint8Array> {
    const { state, signer } = this.#mallory!;
    const proposal = this.#forgedProposals()[0] ?? { kind: 'remove', leafIndex: this.#next() % 8 };
    return forgeMessage(state, signer, { kind: 'proposal', proposal });
  }

  /** Mallory comes back from outside, in place of her old leaf where that is there. */
  async #rejoin(): Promise<void> {
    const [host] = this.#current as [Participant];
    const from = this.#mallory;
    if (from === null || host.state.own.reInit !== null) return;
    const info = await groupInfo(host.state, host.signer, 'inside');
    const verified = accepted(await verifyGroupInfo(this.#suite, info, null));
    const { credential, signer, state } = from;
    const resync = state.ownLeafIndex;
    const joining = await externalJoin(this.#suite, signer, {
      ...policy,
      groupInfo: verified,
      credential,
      resync,
    });
    if (joining.kind === 'refused') return;
    this.#sent.push(joining.commitMessage);
    const results = await this.#deliver(joining.commitMessage, this.#current);
    check(
      results.every((result) => result.kind === 'stagedCommit'),
      'an external commit is taken',
    );
    this.#mallory = { ...from, state: joining.nextState };
  }

  async #deliver(message: Uint8Array, to: readonly Participant[]): Promise<Unprotected[]> {
    const results: Unprotected[] = [];
    const verdicts = new Map<string, Set<string>>();
    for (const receiver of to) {
      const before = snapshot(receiver.state);
      const result = await unprotect(receiver.state, message, lenient);
      check(isSame(snapshot(receiver.state), before), 'an operation leaves its state as it was');
      results.push(result);
      if (result.kind !== 'refused') {
        const next = result.kind === 'stagedCommit' ? merge(result) : result.state;
        this.#replace(receiver, next.kind === 'active' ? next : null);
      } else if (result.rule.startsWith('MLS-7.5') || result.rule.startsWith('MLS-P-03')) {
        // A path secret is for one member to judge, and a message for all but its sender.
        continue;
      }
      if (result.kind !== 'refused' && result.kind !== 'stagedCommit') continue;
      // Who is removed cannot judge the path or the confirmation tag.
      if (result.kind === 'stagedCommit' && result.summary.isSelfRemoved) continue;
      const view = viewOf(receiver.state);
      verdicts.set(view, (verdicts.get(view) ?? new Set()).add(result.kind));
    }
    for (const [, kinds] of verdicts) {
      check(!kinds.has('stagedCommit') || kinds.size === 1, 'members judge a commit alike');
    }
    this.#expectAgreement();
    return results;
  }

  #expectAgreement(): void {
    const seen = new Map<string, string>();
    for (const { state } of this.#honest) {
      const history = toHex(state.groupContext.confirmedTranscriptHash);
      const epoch = toHex(epochAuthenticator(state)) + toHex(state.groupContext.treeHash);
      check((seen.get(history) ?? epoch) === epoch, 'one history leads to one epoch');
      seen.set(history, epoch);
    }
  }
}
