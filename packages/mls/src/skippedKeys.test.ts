/** What a member is left with of messages that did not come (spec/mls.md, MLS-9.2-01, and "Erasing"). */
import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { describe, expect, it } from 'vitest';
import { passOver, stateDelta } from './index.ts';
import { ratchetsOf } from './schedule/secretTree.ts';
import { accepted } from './testing/bytes.ts';
import { type Device, groupOf } from './testing/device.ts';

const suite = (await loadNodeProvider()).suite(suiteIds.x25519ChaCha20);
type Pair = [Device, Device];
const inOrder = { maxSkippedKeys: 0 };

const skippedOf = (device: Device) => ratchetsOf(suite, device.active.own.secretTree, 0).application.skipped;

/** It is opened, and its key used up. */
async function reads(device: Device, bytes: Uint8Array, options = inOrder): Promise<void> {
  const read = await device.receive(bytes, options);
  expect(read).toMatchObject({ kind: 'application' });
}

describe('messages that are taken in order only', () => {
  it('leave no key of those before them that did not come', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Pair;
    const bytes = [];
    for (let i = 0; i < 4; i++) bytes.push(await alice.send(`${i}`));
    await reads(bob, bytes[2]!);
    expect(skippedOf(bob)).toEqual([]);
    for (const late of [bytes[0]!, bytes[1]!]) {
      expect(await bob.receive(late, inOrder)).toMatchObject({ reason: 'used_generation' });
      expect(await bob.receive(late)).toMatchObject({ reason: 'used_generation' });
    }
    await reads(bob, bytes[3]!);
    bob.restart();
    await reads(bob, await alice.send('4'));
  });

  it('take with them what was kept of such before', async () => {
    const [alice, bob] = (await groupOf(suite, 2)) as Pair;
    const bytes = [];
    for (let i = 0; i < 4; i++) bytes.push(await alice.send(`${i}`));
    await bob.read(bytes[1]!);
    expect(skippedOf(bob)).toHaveLength(1);
    await reads(bob, bytes[3]!);
    expect(skippedOf(bob)).toEqual([]);
  });

  it('are kept keys of as many as the caller says, and never of more than the bound', async () => {
    const [alice, bob, carol] = (await groupOf(suite, 3)) as unknown as [Device, Device, Device];
    const bytes = [];
    for (let i = 0; i < 201; i++) bytes.push(await alice.send(`${i}`));
    await reads(bob, bytes[200]!, { maxSkippedKeys: 5 });
    expect(skippedOf(bob).map(({ generation }) => generation)).toEqual([195, 196, 197, 198, 199]);
    await reads(carol, bytes[200]!, { maxSkippedKeys: 1_000 });
    expect(skippedOf(carol)).toHaveLength(128);
  });
});

describe('passOver', () => {
  it('gives up the next message of a sender, and no other', async () => {
    const [alice, bob, carol] = (await groupOf(suite, 3)) as unknown as [Device, Device, Device];
    const [never, next] = [await alice.send('never'), await alice.send('next')];
    const fromCarol = await carol.send('hello');
    const passed = accepted(await passOver(bob.active, 0));
    const { put, remove } = stateDelta(bob.active, passed.state);
    expect(put.length + remove.length).toBeGreaterThan(0);
    bob.become(passed.state);
    bob.restart();
    expect(skippedOf(bob)).toEqual([]);
    expect(await bob.receive(never)).toMatchObject({ kind: 'refused', reason: 'used_generation' });
    await reads(bob, next);
    await reads(bob, fromCarol);
  });

  it('is refused for leaves that send this member nothing', async () => {
    const [, bob] = (await groupOf(suite, 2)) as Pair;
    expect(await passOver(bob.active, 1)).toMatchObject({ kind: 'refused', reason: 'own_message' });
    for (const leaf of [-1, 2, 7, 2 ** 31]) {
      expect(await passOver(bob.active, leaf)).toMatchObject({ kind: 'refused', reason: 'unknown_sender' });
    }
  });
});
