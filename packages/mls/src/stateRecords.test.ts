import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyStateDelta,
  decodePendingCommit,
  decodeStateRecords,
  encodePendingCommit,
  encodePrivateState,
  encodePublicTree,
  eraseStateDelta,
  type GroupState,
  recordName,
  type StateDelta,
  type StateRecord,
  stateDelta,
  unprotect,
} from './index.ts';
import { accepted, toHex } from './testing/bytes.ts';
import { type Device, groupOf, policy, sameRecords } from './testing/device.ts';

const provider = await loadNodeProvider();
const suite = provider.suite(suiteIds.x25519ChaCha20);

function recordsOf(state: GroupState): Map<string, StateRecord> {
  const records = new Map<string, StateRecord>();
  applyStateDelta(records, stateDelta(null, state));
  return records;
}

function sizeOf(delta: StateDelta): number {
  return delta.put.reduce((sum, { value }) => sum + value.length, 0) + 4 * delta.remove.length;
}

function wholeOf(state: GroupState): string {
  return toHex(encodePrivateState(state)) + toHex(encodePublicTree(state));
}

async function commitBy(committer: Device, devices: readonly Device[]): Promise<void> {
  const pending = await committer.commit([]);
  for (const device of devices) if (device !== committer) await device.receive(pending.commitMessage);
  committer.become(pending.nextState);
}

describe('a state in records', () => {
  it('is after any history of deltas what it is whole, also where steps are lost before they are stored', async () => {
    const step = fc.record({
      kind: fc.constantFrom('message', 'message', 'gap', 'commit', 'restart', 'crash'),
      actor: fc.nat(4),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const devices = await groupOf(suite, 5);
        for (const { kind, actor } of steps) {
          const device = devices[actor]!;
          const others = devices.filter((each) => each !== device);
          if (kind === 'message' || kind === 'gap') {
            if (kind === 'gap') await device.send('never arrives');
            const bytes = await device.send('hello');
            for (const other of others) expect(await other.read(bytes)).toBe('hello');
          } else if (kind === 'commit') {
            await commitBy(device, devices);
          } else if (kind === 'restart') {
            device.restart();
          } else {
            // Read, and the process ends before the transaction: the message is there again and can be read again.
            const bytes = await others[0]!.send('once more');
            expect((await unprotect(device.active, bytes, policy)).kind).toBe('application');
            device.restart();
            expect(await device.read(bytes)).toBe('once more');
          }
          for (const each of devices) {
            expect(sameRecords(each.records, recordsOf(each.active))).toBe(true);
            const read = accepted(decodeStateRecords(suite, each.records.values()));
            expect(wholeOf(read)).toBe(wholeOf(each.active));
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  it('takes no more than a few kilobytes a step in a group of 32', async () => {
    const devices = await groupOf(suite, 32);
    const [alice, bob] = devices as [Device, Device];
    const receiver = devices[20]!;
    for (const [sender, first, later] of [
      [alice, 1024, 256],
      [bob, 1024, 256],
    ] as const) {
      for (const limit of [first, later]) {
        const before = receiver.active;
        const bytes = await sender.send('hello');
        const received = await receiver.receive(bytes);
        expect(received.kind).toBe('application');
        if (received.kind !== 'application') return;
        // The device has stored it; what it stored is measured on copies of the same states.
        expect(sizeOf(stateDelta(before, receiver.active))).toBeLessThan(limit);
      }
    }
    for (const committer of [alice, bob, alice]) {
      const stored = new Map(receiver.records);
      await commitBy(committer, [alice, bob, receiver]);
      let bytes = 0;
      for (const [name, record] of receiver.records) {
        if (stored.get(name) !== record) bytes += record.value.length;
      }
      expect(bytes).toBeLessThan(8 * 1024);
    }
  });

  it('writes little also where the state before was read from storage', async () => {
    const [alice, bob] = (await groupOf(suite, 12)) as [Device, Device];
    bob.restart();
    const again = accepted(decodeStateRecords(suite, bob.records.values()));
    const delta = stateDelta(bob.active, again);
    expect(delta.put.filter(({ section }) => section === 'tree')).toEqual([]);
    const records = new Map(bob.records);
    applyStateDelta(records, delta);
    expect(sameRecords(records, bob.records)).toBe(true);
    expect(alice.active.groupContext.epoch).toBe(1n);
  });

  it('replaces whatever another group left', async () => {
    const [alice] = (await groupOf(suite, 3)) as [Device];
    const [carol] = (await groupOf(suite, 9)) as [Device];
    const records = recordsOf(carol.active);
    applyStateDelta(records, stateDelta(null, alice.active));
    expect(sameRecords(records, recordsOf(alice.active))).toBe(true);
  });

  it('keeps what a delta holds apart from what the state holds', async () => {
    const [alice] = (await groupOf(suite, 2)) as [Device];
    const before = wholeOf(alice.active);
    eraseStateDelta(stateDelta(null, alice.active));
    expect(wholeOf(alice.active)).toBe(before);
  });

  it('is refused where a record is missing, damaged or out of place', async () => {
    const devices = await groupOf(suite, 5);
    const [alice, bob] = devices as [Device, Device];
    await bob.read(await alice.send('hello'));
    const records = [...bob.records.values()];
    for (const [at, record] of records.entries()) {
      // Without a leaf or parent the tree is another one, which its hash would tell; the rest is found at once.
      const isNode = record.section === 'tree' && record.index !== bob.active.ownLeafIndex * 2;
      if (!isNode) {
        expect(decodeStateRecords(suite, records.toSpliced(at, 1)), recordName(record)).toMatchObject({
          kind: 'refused',
          rule: 'MLS-P-16',
        });
      }
      const longer = { ...record, value: new Uint8Array([...record.value, 0]) };
      const damaged = decodeStateRecords(suite, records.with(at, longer));
      expect(damaged.kind, recordName(record)).toBe('refused');
    }
    const strayed = { section: 'tree', index: 99, value: records[0]!.value } as const;
    expect(decodeStateRecords(suite, [...records, strayed]).kind).toBe('refused');
    const other = provider.suite(suiteIds.hybridChaCha20);
    expect(decodeStateRecords(other, records)).toMatchObject({ kind: 'refused', rule: 'MLS-P-17' });
  });
});

describe('a pending commit beside the state in force', () => {
  it('is small, and is read beside that state or a later one of its epoch', async () => {
    const devices = await groupOf(suite, 32);
    const [alice, bob] = devices as [Device, Device];
    for (const device of devices.slice(0, 8)) await commitBy(device, [alice, bob, ...devices.slice(0, 8)]);
    const pending = await alice.commit([]);
    const whole = encodePendingCommit(pending);
    const beside = encodePendingCommit(pending, alice.active);
    expect(beside.length).toBeLessThan(whole.length / 2);
    await alice.receive(await bob.send('meanwhile'));
    const read = accepted(decodePendingCommit(suite, beside, alice.active));
    expect(wholeOf(read.nextState)).toBe(wholeOf(pending.nextState));
    expect(toHex(read.ratchetTree)).toBe(toHex(pending.ratchetTree));
    expect(toHex(read.commitMessage)).toBe(toHex(pending.commitMessage));
    // Nodes that stay are shared, with what is known of their hashes.
    expect(read.nextState.tree.leaves[31]).toBe(alice.active.tree.leaves[31]);
  });

  it('is refused without its state, and beside one of another epoch', async () => {
    const devices = await groupOf(suite, 3);
    const [alice] = devices as [Device];
    const beside = encodePendingCommit(await alice.commit([]), alice.active);
    expect(decodePendingCommit(suite, beside)).toMatchObject({ kind: 'refused', rule: 'MLS-P-16' });
    await commitBy(alice, devices);
    expect(decodePendingCommit(suite, beside, alice.active)).toMatchObject({
      kind: 'refused',
      rule: 'MLS-P-16',
    });
  });
});
