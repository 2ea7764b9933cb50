import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochAuthenticator, exportSecret, type PendingCommit, roster } from './index.ts';
import { toHex } from './testing/bytes.ts';
import { Device, groupOf } from './testing/device.ts';

const provider = await loadNodeProvider();
const suites = Object.entries(suiteIds).map(([name, id]) => ({ name, suite: provider.suite(id) }));

function expectAgreement(devices: readonly Device[]): void {
  const views = devices.map((device) => {
    const state = device.active;
    return [
      state.groupContext.epoch,
      toHex(epochAuthenticator(state)),
      toHex(state.groupContext.treeHash),
      toHex(exportSecret(state, 'test', new Uint8Array(3), 48)),
      roster(state)
        .map((member) => `${member.leafIndex}:${toHex(member.signatureKey)}`)
        .join(),
    ].join(' ');
  });
  expect(new Set(views).size).toBe(1);
}

describe.each(suites)('a conversation on $name', ({ suite }) => {
  it('carries messages between two accounts of two devices', async () => {
    const devices = await groupOf(suite, 4);
    expectAgreement(devices);
    for (const sender of devices) {
      const bytes = await sender.send(`from ${sender.name}`);
      for (const receiver of devices) {
        if (receiver !== sender) expect(await receiver.read(bytes)).toBe(`from ${sender.name}`);
      }
    }
  });

  it('reads messages out of order, each once', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as [Device, Device];
    const sent = [];
    for (let i = 0; i < 12; i++) sent.push(await alice.send(`message ${i}`));
    for (const i of [5, 2, 11, 0, 1, 7]) expect(await bob.read(sent[i]!)).toBe(`message ${i}`);
    bob.restart();
    expect(await bob.receive(sent[5]!)).toMatchObject({ kind: 'refused', reason: 'used_generation' });
    for (const i of [10, 9, 8, 6, 4, 3]) expect(await bob.read(sent[i]!)).toBe(`message ${i}`);
    for (const bytes of sent) expect((await bob.receive(bytes)).kind).toBe('refused');
  });

  it('adds and removes in one commit, rejoins, and leaves the removed behind', async () => {
    const [alice, bob, carol] = (await groupOf(suite, 3)) as [Device, Device, Device];
    const dave = await Device.make(suite, 'dave');
    const pending = await alice.commit([
      { kind: 'remove', leafIndex: bob.active.ownLeafIndex },
      { kind: 'add', keyPackage: await dave.publish() },
    ]);
    const seenByBob = await bob.receive(pending.commitMessage);
    expect(seenByBob).toMatchObject({ kind: 'stagedCommit', summary: { isSelfRemoved: true } });
    expect(bob.state).toMatchObject({ kind: 'removed', epoch: 2n });
    await carol.receive(pending.commitMessage);
    alice.become(pending.nextState);
    await dave.join(pending);
    expectAgreement([alice, carol, dave]);
    // Dave took Bob's leaf.
    expect(dave.active.ownLeafIndex).toBe(1);
    expect(await carol.read(await dave.send('hello'))).toBe('hello');
  });

  it('adds hundreds in one commit', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as [Device, Device];
    const joiners = await Promise.all(
      Array.from({ length: 270 }, (_, i) => Device.make(suite, `joiner ${i}`)),
    );
    const adds = [];
    for (const joiner of joiners) adds.push({ kind: 'add', keyPackage: await joiner.publish() } as const);
    const pending = await alice.commit(adds);
    expect(await bob.receive(pending.commitMessage)).toMatchObject({ kind: 'stagedCommit' });
    alice.become(pending.nextState);
    const last = joiners.at(-1)!;
    await last.join(pending);
    expectAgreement([alice, bob, last]);
    expect(await bob.read(await last.send('hello'))).toBe('hello');
  });

  it('lets a device in by external commit, and again after it lost its state', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as [Device, Device];
    const update = await alice.commit([]);
    await bob.receive(update.commitMessage);
    alice.become(update.nextState);
    const phone = await Device.make(suite, 'phone');
    const joining = await phone.joinExternally(update);
    for (const device of [alice, bob]) {
      expect(await device.receive(joining.commitMessage)).toMatchObject({
        kind: 'stagedCommit',
        summary: { committer: { kind: 'external', joiner: { leafIndex: 2 } }, removed: [] },
      });
    }
    phone.become(joining.nextState);
    expectAgreement([alice, bob, phone]);

    const again = await phone.joinExternally(joining, { resync: 2 });
    for (const device of [alice, bob]) {
      expect(await device.receive(again.commitMessage)).toMatchObject({
        kind: 'stagedCommit',
        summary: { removed: [{ leafIndex: 2 }] },
      });
    }
    phone.become(again.nextState);
    expectAgreement([alice, bob, phone]);
    expect(await phone.read(await bob.send('welcome back'))).toBe('welcome back');
  });
});

/** One step of a random history; the numbers choose among whoever is there. */
interface Step {
  readonly kind:
    | 'message'
    | 'add'
    | 'remove'
    | 'replace'
    | 'update'
    | 'external'
    | 'resync'
    | 'restart'
    | 'extend';
  readonly actor: number;
  readonly target: number;
  readonly count: number;
}

const stepOf: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    'message',
    'message',
    'add',
    'remove',
    'replace',
    'update',
    'external',
    'resync',
    'restart',
    'extend',
  ),
  actor: fc.nat(100),
  target: fc.nat(100),
  count: fc.integer({ min: 1, max: 4 }),
});

/** A group, the messages on their way in its epoch, and what those who left still hold. */
class History {
  members: Device[];
  last: PendingCommit;
  #inFlight: { readonly bytes: Uint8Array; readonly text: string; readonly to: Device[] }[] = [];
  #made = 0;

  constructor(members: Device[], last: PendingCommit) {
    this.members = members;
    this.last = last;
  }

  #pick(index: number): Device {
    return this.members[index % this.members.length]!;
  }

  async #newDevice(): Promise<Device> {
    return Device.make(this.members[0]!.suite, `newcomer ${this.#made++}`);
  }

  async run(step: Step): Promise<void> {
    const actor = this.#pick(step.actor);
    const others = this.members.filter((device) => device !== actor);
    const leavers = others.slice(0, step.count).filter((_, i) => (step.target + i) % 2 === 0);
    const removals = leavers.map(
      (device) => ({ kind: 'remove', leafIndex: device.active.ownLeafIndex }) as const,
    );
    switch (step.kind) {
      case 'message': {
        const text = `${actor.name} says ${step.target}`;
        this.#inFlight.push({ bytes: await actor.send(text), text, to: others });
        return;
      }
      case 'restart':
        actor.restart();
        return;
      case 'update':
        return this.#commit(actor, [], [], []);
      case 'add':
        return this.#commit(actor, [], [], await this.#newcomers(step.count));
      case 'remove':
        return this.#commit(actor, removals, leavers, []);
      case 'replace':
        return this.#commit(actor, removals, leavers, await this.#newcomers(step.count));
      case 'extend': {
        await this.#deliver(step.target);
        const extensions = step.count % 2 === 0 ? [] : [{ type: 3, data: new Uint8Array([0, 0, 2, 0, 1]) }];
        const pending = await actor.commit([{ kind: 'groupContextExtensions', extensions }]);
        return this.#accept(pending, actor, []);
      }
      case 'external': {
        await this.#deliver(step.target);
        const joiner = await this.#newDevice();
        const pending = await joiner.joinExternally(this.last);
        await this.#accept(pending, joiner, []);
        this.members.push(joiner);
        return;
      }
      case 'resync': {
        await this.#deliver(step.target);
        const resync = actor.active.ownLeafIndex;
        const pending = await actor.joinExternally(this.last, { resync });
        return this.#accept(pending, actor, []);
      }
    }
  }

  async #newcomers(count: number): Promise<Device[]> {
    return Promise.all(Array.from({ length: count }, () => this.#newDevice()));
  }

  /** Delivers what is in flight, newest first for some receivers. */
  async #deliver(seed: number): Promise<void> {
    const waiting = this.#inFlight.splice(0);
    for (const [i, device] of this.members.entries()) {
      const mine = waiting.filter((message) => message.to.includes(device));
      for (const message of (seed + i) % 2 === 0 ? mine : mine.toReversed()) {
        expect(await device.read(message.bytes)).toBe(message.text);
        expect((await device.receive(message.bytes)).kind).toBe('refused');
      }
    }
  }

  async #commit(
    actor: Device,
    removals: readonly { readonly kind: 'remove'; readonly leafIndex: number }[],
    leavers: readonly Device[],
    joiners: readonly Device[],
  ): Promise<void> {
    await this.#deliver(removals.length);
    const adds = await Promise.all(
      joiners.map(async (device) => ({ kind: 'add', keyPackage: await device.publish() }) as const),
    );
    const welcomes = joiners.length % 2 === 0 ? 'split' : 'joint';
    const pending = await actor.commit([...removals, ...adds], { welcomes, path: 'ifRequired' });
    await this.#accept(pending, actor, leavers);
    for (const joiner of joiners) await joiner.join(pending);
    this.members.push(...joiners);
  }

  async #accept(pending: PendingCommit, by: Device, leavers: readonly Device[]): Promise<void> {
    for (const device of this.members) {
      if (device === by) continue;
      const received = await device.receive(pending.commitMessage);
      expect(received).toMatchObject({
        kind: 'stagedCommit',
        summary: { isSelfRemoved: leavers.includes(device) },
      });
    }
    by.become(pending.nextState);
    for (const leaver of leavers) expect(leaver.state?.kind).toBe('removed');
    this.members = this.members.filter((device) => !leavers.includes(device));
    this.last = pending;
  }

  async finish(): Promise<void> {
    await this.#deliver(0);
    expectAgreement(this.members);
  }
}

describe.each(suites)('random histories on $name', ({ suite }) => {
  it('keep all members in agreement', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepOf, { minLength: 5, maxLength: 18 }), async (steps) => {
        const members = await groupOf(suite, 3);
        const creator = members[0]!;
        const first = await creator.commit([]);
        for (const device of members.slice(1)) await device.receive(first.commitMessage);
        creator.become(first.nextState);
        const history = new History(members, first);
        for (const step of steps) {
          await history.run(step);
          expectAgreement(history.members);
        }
        await history.finish();
      }),
      { numRuns: 20 },
    );
  });
});
