import * as peer from 'ts-mls';
import { describe, expect, it } from 'vitest';
import { epochAuthenticator, exportSecret, mergeJoin, stageWelcome, verifyKeyPackage } from './index.ts';
import { accepted, toHex } from './testing/bytes.ts';
import { Device, policy } from './testing/device.ts';
import { addProposal, Peer, sharedSuites } from './testing/peer.ts';

/**
 * Random histories with members that run on ts-mls beside members that run on this engine, both committing, adding,
 * removing and talking. Left out is where ts-mls is known to be wrong: its members are there from the start, as it
 * refuses honest trees with unmerged leaves, and only ours remove, as its removals have no path.
 */

class Mixed {
  readonly #peers: readonly Peer[];
  #ours: Device[];
  #random: number;
  #made = 0;

  constructor(ours: Device, peers: readonly Peer[], seed: number) {
    this.#ours = [ours];
    this.#peers = peers;
    this.#random = seed;
  }

  #below(end: number): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.#random >>> 8) % end;
  }

  #ourOne(): Device {
    return this.#ours[this.#below(this.#ours.length)]!;
  }

  async #newcomer(): Promise<Device> {
    return Device.make(this.#ours[0]!.suite, `newcomer ${this.#made++}`);
  }

  async step(): Promise<void> {
    switch (this.#below(6)) {
      case 0:
      case 1:
        return this.#talk();
      case 2:
        return this.#commitOurs([], null);
      case 3: {
        const joiner = await this.#newcomer();
        return this.#commitOurs([{ kind: 'add', keyPackage: await joiner.publish() }], joiner);
      }
      case 4: {
        const [first, ...others] = this.#ours;
        const gone = others[this.#below(Math.max(1, others.length))];
        if (first === undefined || gone === undefined) return this.#talk();
        this.#ours = this.#ours.filter((device) => device !== gone);
        return this.#commitOurs([{ kind: 'remove', leafIndex: gone.active.ownLeafIndex }], null, gone);
      }
      default: {
        const committer = this.#peers[this.#below(this.#peers.length)]!;
        const joiner = this.#below(2) === 0 ? await this.#newcomer() : null;
        const extra = joiner ? [addProposal((await joiner.publish()).bytes)] : [];
        return this.#commitTheirs(committer, extra, joiner);
      }
    }
  }

  async #talk(): Promise<void> {
    const ours = this.#ourOne();
    const bytes = await ours.send('from ours');
    for (const each of this.#peers) expect(await each.receive(bytes)).toBe('from ours');
    for (const each of this.#ours) if (each !== ours) expect(await each.read(bytes)).toBe('from ours');
    const theirs = this.#peers[this.#below(this.#peers.length)]!;
    const reply = await theirs.send('from theirs');
    for (const each of this.#ours) expect(await each.read(reply)).toBe('from theirs');
    for (const each of this.#peers)
      if (each !== theirs) expect(await each.receive(reply)).toBe('from theirs');
  }

  async #commitOurs(
    proposals: Parameters<Device['commit']>[0],
    joiner: Device | null,
    gone: Device | null = null,
  ): Promise<void> {
    const committer = this.#ourOne();
    const pending = await committer.commit(proposals);
    for (const each of this.#peers) await each.receive(pending.commitMessage);
    for (const each of [...this.#ours, ...(gone ? [gone] : [])]) {
      if (each !== committer) expect((await each.receive(pending.commitMessage)).kind).toBe('stagedCommit');
    }
    committer.become(pending.nextState);
    if (joiner) {
      await joiner.join(pending);
      this.#ours.push(joiner);
    }
    if (gone) expect(gone.state?.kind).toBe('removed');
    await this.#expectAgreement();
  }

  async #commitTheirs(committer: Peer, extra: peer.Proposal[], joiner: Device | null): Promise<void> {
    const { commit, welcome } = await committer.commit(extra);
    for (const each of this.#peers) if (each !== committer) await each.receive(commit);
    for (const each of this.#ours) expect((await each.receive(commit)).kind).toBe('stagedCommit');
    if (joiner) {
      const given = { welcome: welcome!, keyPackage: joiner.ownKeyPackage() };
      joiner.become(mergeJoin(accepted(await stageWelcome(joiner.suite, given))));
      this.#ours.push(joiner);
    }
    await this.#expectAgreement();
  }

  async #expectAgreement(): Promise<void> {
    const context = new Uint8Array([1]);
    const views = new Set<string>();
    for (const { active } of this.#ours) {
      const exported = exportSecret(active, 'label', context, 32);
      views.add([epochAuthenticator(active), active.groupContext.treeHash, exported].map(toHex).join());
    }
    for (const { state, suite } of this.#peers) {
      const { epochAuthenticator: authenticator, exporterSecret } = state.keySchedule;
      const exported = await peer.mlsExporter(exporterSecret, 'label', context, 32, suite);
      views.add([authenticator, state.groupContext.treeHash, exported].map(toHex).join());
    }
    expect(views.size).toBe(1);
  }
}

describe.each(sharedSuites)('beside ts-mls, $name', ({ ours: suite, theirs: peerSuite }) => {
  it.each([1, 2, 3, 4, 5])('random histories agree (seed %i)', async (seed) => {
    const alice = await Device.make(suite, 'alice');
    await alice.create();
    const peers = [await Peer.make(peerSuite, 'bob'), await Peer.make(peerSuite, 'carol')];
    const adds = [];
    for (const each of peers) {
      const keyPackage = accepted(await verifyKeyPackage(suite, each.keyPackage, policy));
      adds.push({ kind: 'add', keyPackage } as const);
    }
    const added = await alice.commit(adds, { ratchetTree: 'inside' });
    for (const [i, each] of peers.entries()) await each.join(added.welcomes[i]!.bytes);
    alice.become(added.nextState);
    const mixed = new Mixed(alice, peers, seed);
    for (let i = 0; i < 25; i++) await mixed.step();
  });
});
