import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { describe, expect, it } from 'vitest';
import { exportSecret, type GroupState, type PendingCommit, type ProposalInput } from './index.ts';
import { toHex } from './testing/bytes.ts';
import { Device, groupOf } from './testing/device.ts';
import { Follower } from './testing/follower.ts';

/** Removed members, stolen states and lost devices try to follow later epochs, with all that they hold. */

const provider = await loadNodeProvider();
const suites = [suiteIds.x25519ChaCha20, suiteIds.hybridChaCha20].map((id) => provider.suite(id));

/** A group whose commits are sent in the open, and whoever follows it. */
class Followed {
  members: Device[];
  #before: GroupState;

  constructor(members: readonly Device[]) {
    this.members = [...members];
    this.#before = members[0]!.active;
  }

  /** Puts the commit in force for all but those it removes; answers whether the follower keeps up. */
  async accept(pending: PendingCommit, by: Device, follower: Follower): Promise<boolean> {
    const before = by.state?.kind === 'active' && this.members.includes(by) ? by.active : this.#before;
    const kept = publicCopyOf(before);
    for (const device of this.members) if (device !== by) await device.receive(pending.commitMessage);
    by.become(pending.nextState);
    if (!this.members.includes(by)) this.members.push(by);
    this.members = this.members.filter((device) => device.state?.kind === 'active');
    this.#before = this.members[0]!.active;
    return follower.follows(pending.commitMessage, kept, this.members[0]!.active);
  }

  async commit(
    by: Device,
    follower: Follower,
    proposals: readonly ProposalInput[] = [],
    joiners: readonly Device[] = [],
  ): Promise<boolean> {
    const pending = await by.commit(proposals, { wireFormat: 'public', path: 'ifRequired' });
    const follows = await this.accept(pending, by, follower);
    for (const joiner of joiners) await joiner.join(pending);
    this.members.push(...joiners);
    return follows;
  }

  /** The group talks, commits and adds, and none of it is open to the follower. */
  async expectClosedTo(follower: Follower): Promise<void> {
    const [first] = this.members as [Device];
    expect(await follower.reads(await first.send('secret'), first.active)).toBe(false);
    const joiner = await Device.make(first.suite, 'joins later');
    const add = { kind: 'add', keyPackage: await joiner.publish() } as const;
    expect(await this.commit(first, follower, [add], [joiner])).toBe(false);
    expect(await follower.reads(await joiner.send('secret'), first.active)).toBe(false);
    for (const device of this.members.slice(0, 3)) expect(await this.commit(device, follower)).toBe(false);
    expect(await follower.reads(await first.send('secret'), first.active)).toBe(false);
  }
}

/** A state of which only what is public will be looked at. */
function publicCopyOf(state: GroupState): GroupState {
  return { ...state, groupContext: structuredClone(state.groupContext) };
}

const remove = (leafIndex: number) => ({ kind: 'remove', leafIndex }) as const;

describe.each(suites)('on $name', (suite) => {
  it('a stolen state follows until its owner commits, and no longer', async () => {
    const devices = await groupOf(suite, 4);
    const [alice, bob] = devices as [Device, Device];
    const group = new Followed(devices);
    const thief = Follower.with(bob.active);
    expect(await thief.reads(await alice.send('while it lasts'), alice.active)).toBe(true);
    // What the follower can do, it does: so the cases below say something.
    expect(await group.commit(alice, thief)).toBe(true);
    const joiner = await Device.make(suite, 'joiner');
    const add = { kind: 'add', keyPackage: await joiner.publish() } as const;
    expect(await group.commit(alice, thief, [add], [joiner])).toBe(true);
    expect(await group.commit(bob, thief)).toBe(false);
    await group.expectClosedTo(thief);
  });

  it('members that one commit removes do not follow, alone or together', async () => {
    const devices = await groupOf(suite, 8);
    const group = new Followed(devices);
    const together = Follower.with(...[2, 3, 6].map((i) => devices[i]!.active));
    for (const i of [2, 5, 3, 0]) expect(await group.commit(devices[i]!, together)).toBe(true);
    for (const i of [2, 3, 6]) together.steal(devices[i]!.active);
    const alone = Follower.with(devices[6]!.active);
    const pending = await devices[1]!.commit([2, 3, 6].map(remove), { wireFormat: 'public' });
    const before = publicCopyOf(devices[1]!.active);
    expect(await group.accept(pending, devices[1]!, together)).toBe(false);
    expect(await alone.follows(pending.commitMessage, before, devices[1]!.active)).toBe(false);
    await group.expectClosedTo(together);
    await group.expectClosedTo(alone);
  });

  it('a removed member does not follow where another has its leaf, nor where it comes back to it', async () => {
    const devices = await groupOf(suite, 4);
    const [alice, bob, , dave] = devices as [Device, Device, Device, Device];
    const group = new Followed(devices);
    const gone = Follower.with(dave.active);
    expect(await group.commit(bob, gone)).toBe(true);
    gone.steal(dave.active);
    const heir = await Device.make(suite, 'heir');
    const add = { kind: 'add', keyPackage: await heir.publish() } as const;
    expect(await group.commit(alice, gone, [remove(3), add], [heir])).toBe(false);
    expect(heir.active.ownLeafIndex).toBe(3);
    await group.expectClosedTo(gone);
    // It is added again, into some other leaf, and removed: what it held meanwhile is of no use later either.
    const again = { kind: 'add', keyPackage: await dave.publish() } as const;
    await group.commit(alice, gone, [again], [dave]);
    gone.steal(dave.active);
    expect(await group.commit(bob, gone)).toBe(true);
    expect(await group.commit(alice, gone, [remove(dave.active.ownLeafIndex)])).toBe(false);
    await group.expectClosedTo(gone);
  });

  it('a member removed from a tree of blank nodes does not follow', async () => {
    const devices = await groupOf(suite, 8);
    const group = new Followed(devices);
    for (const i of [1, 2, 3, 4, 5, 6]) {
      const gone = Follower.with(devices[i]!.active);
      expect(await group.commit(devices[7]!, gone, [remove(i)])).toBe(false);
    }
    const gone = Follower.with(devices[0]!.active);
    expect(await group.commit(devices[7]!, gone, [remove(0)])).toBe(false);
    await group.expectClosedTo(gone);
  });

  it('the last other member, once removed, does not follow', async () => {
    const devices = await groupOf(suite, 2);
    const group = new Followed(devices);
    const gone = Follower.with(devices[1]!.active);
    expect(await group.commit(devices[0]!, gone, [remove(1)])).toBe(false);
    await group.expectClosedTo(gone);
  });

  it('a removed member does not follow by commits that lost, its own among them', async () => {
    const devices = await groupOf(suite, 4);
    const [alice, bob, carol, dave] = devices as [Device, Device, Device, Device];
    const group = new Followed(devices);
    const gone = Follower.with(dave.active);
    const lost = await bob.commit([], { wireFormat: 'public' });
    const ownLost = await dave.commit([remove(0)], { wireFormat: 'public' });
    const before = publicCopyOf(alice.active);
    const pending = await alice.commit([remove(3)], { wireFormat: 'public' });
    // It is told of the epoch that never was, and can derive that one.
    expect(await gone.follows(lost.commitMessage, before, lost.nextState)).toBe(true);
    gone.steal(ownLost.nextState);
    expect(await group.accept(pending, alice, gone)).toBe(false);
    expect(group.members).toEqual([alice, bob, carol]);
    await group.expectClosedTo(gone);
  });

  it('a lost device whose owner joins anew from outside does not follow', async () => {
    const devices = await groupOf(suite, 4);
    const [alice, bob] = devices as [Device, Device];
    const group = new Followed(devices);
    const finder = Follower.with(bob.active);
    const last = await alice.commit([], { wireFormat: 'public' });
    expect(await group.accept(last, alice, finder)).toBe(true);
    finder.steal(bob.active);
    const back = await Device.make(suite, bob.name);
    const joining = await back.joinExternally(last, { resync: bob.active.ownLeafIndex });
    expect(await group.accept(joining, back, finder)).toBe(false);
    expect(bob.state?.kind).toBe('removed');
    expect(group.members).toHaveLength(4);
    await group.expectClosedTo(finder);
  });

  it('who is added reads nothing of what was said before', async () => {
    const devices = await groupOf(suite, 3);
    const [alice, bob] = devices as [Device, Device, Device];
    const group = new Followed(devices);
    const said = await bob.send('before');
    const then = publicCopyOf(alice.active);
    const joiner = await Device.make(suite, 'joiner');
    const add = { kind: 'add', keyPackage: await joiner.publish() } as const;
    await group.commit(alice, new Follower(suite), [add], [joiner]);
    const late = Follower.with(joiner.active);
    expect(await late.reads(said, then)).toBe(false);
    expect(await late.reads(await bob.send('after'), bob.active)).toBe(true);
  });

  it('exports of epochs have nothing in common', async () => {
    const devices = await groupOf(suite, 3);
    const group = new Followed(devices);
    const nobody = new Follower(suite);
    const seen = new Set<string>();
    for (let i = 0; i < 6; i++) {
      await group.commit(devices[i % 3]!, nobody);
      seen.add(toHex(exportSecret(devices[0]!.active, 'label', new Uint8Array(0), 32)));
    }
    expect(seen.size).toBe(6);
  });
});
