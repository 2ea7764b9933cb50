import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DecodeError,
  decodeGroupState,
  decodeKeyPackageSecrets,
  decodePendingCommit,
  decoders,
  encodePendingCommit,
  encodePrivateState,
  encodePublicTree,
  type GroupState,
  peekMessage,
  protect,
  stageWelcome,
  verifyGroupInfo,
  verifyKeyPackage,
} from './index.ts';
import { toHex } from './testing/bytes.ts';
import { Device, groupOf, policy, testGroupId } from './testing/device.ts';

const suite = (await loadNodeProvider()).suite(suiteIds.x25519ChaCha20);

/** Decodes, or throws DecodeError; anything else that is thrown fails the test. */
function decodes(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    const value = decode(bytes);
    return !(value !== null && typeof value === 'object' && 'kind' in value && value.kind === 'refused');
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    return false;
  }
}

function snapshot(state: GroupState): string {
  return toHex(encodePrivateState(state)) + toHex(encodePublicTree(state));
}

/** One valid encoding of each kind of MLSMessage, with a tree and both halves of a state. */
async function samples() {
  const [alice, bob] = (await groupOf(suite, 3)) as [Device, Device, Device];
  const dave = await Device.make(suite, 'dave');
  const keyPackage = await dave.publish();
  const pending = await alice.commit([{ kind: 'add', keyPackage }]);
  const publicCommit = await bob.commit([], { wireFormat: 'public' });
  const message = await alice.send('hello');
  return { alice, bob, dave, keyPackage, pending, publicCommit, message };
}

const { alice, bob, dave, keyPackage, pending, publicCommit, message } = await samples();

describe.each(Object.entries(decoders))('decoder %s', (_name, decode) => {
  it('takes any bytes without another error than its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        decodes(decode, bytes);
      }),
    );
  });

  it('takes changed bytes of real structures the same way', () => {
    const real = [message, pending.commitMessage, publicCommit.commitMessage, pending.groupInfo];
    const sources = fc.constantFrom(
      ...real,
      ...real.map((bytes) => bytes.subarray(4)),
      pending.ratchetTree,
      keyPackage.bytes,
    );
    fc.assert(
      fc.property(sources, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(), (source, at, value, cut) => {
        const bytes = source.slice(0, Math.max(1, source.length - (cut % 3)));
        bytes[at % bytes.length] = value;
        decodes(decode, bytes);
      }),
    );
  });
});

describe('an MLSMessage', () => {
  const messages = [
    message,
    pending.commitMessage,
    publicCommit.commitMessage,
    pending.groupInfo,
    keyPackage.bytes,
  ];
  const decode = decoders.mlsMessage!;

  it('cut at any place, or followed by a byte, does not decode', () => {
    for (const bytes of messages) {
      expect(decodes(decode, bytes)).toBe(true);
      for (let length = 0; length < bytes.length; length++) {
        expect(decodes(decode, bytes.subarray(0, length))).toBe(false);
      }
      expect(decodes(decode, Uint8Array.of(...bytes, 0))).toBe(false);
    }
  });

  it('with a length in more bytes than needed does not decode', () => {
    // group_id<V> follows version and wire format: its length of 12 is written in two bytes.
    const longer = Uint8Array.of(...message.subarray(0, 4), 0x40, 12, ...message.subarray(5));
    expect(decodes(decode, longer)).toBe(false);
  });

  it('never shares memory with what it was decoded from', () => {
    const bytes = keyPackage.bytes.slice();
    const before = JSON.stringify(decode(bytes), (_key, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    const decoded = decode(bytes);
    bytes.fill(0xff);
    const after = JSON.stringify(decoded, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
    expect(after).toBe(before);
  });
});

describe('a group message', () => {
  it('changed in any byte is refused and changes nothing', async () => {
    const before = snapshot(bob.active);
    for (const bytes of [message, pending.commitMessage]) {
      for (let at = 0; at < bytes.length; at += bytes.length > 600 ? 7 : 1) {
        const changed = bytes.slice();
        changed[at]! ^= 1 << (at % 8);
        expect((await bob.receive(changed)).kind).toBe('refused');
      }
    }
    expect(snapshot(bob.active)).toBe(before);
    const aliceBefore = snapshot(alice.active);
    const { commitMessage } = publicCommit;
    for (let at = 0; at < commitMessage.length; at += 3) {
      const changed = commitMessage.slice();
      changed[at]! ^= 1 << (at % 8);
      expect((await alice.receive(changed)).kind).toBe('refused');
    }
    expect(snapshot(alice.active)).toBe(aliceBefore);
  });

  it('of another group, epoch or size is refused with its reason', async () => {
    const other = await Device.make(suite, 'other');
    await other.create(new TextEncoder().encode('another grp!'));
    expect(await bob.receive(await other.send('x'))).toMatchObject({
      kind: 'refused',
      reason: 'wrong_group',
    });
    const fresh = await Device.make(suite, 'fresh');
    await fresh.create(testGroupId);
    expect(await bob.receive(await fresh.send('x'))).toMatchObject({ kind: 'refused', reason: 'past_epoch' });
    const huge = new Uint8Array(16 * 1024 * 1024 + 1);
    expect(await bob.receive(huge)).toMatchObject({ kind: 'refused', reason: 'too_large' });
    const tooMuch = await protect(alice.active, alice.signer, new Uint8Array(9 * 1024 * 1024));
    expect(tooMuch).toMatchObject({ kind: 'refused', reason: 'too_large' });
  });

  it('that is none is refused', async () => {
    for (const bytes of [keyPackage.bytes, pending.groupInfo, pending.welcomes[0]!.bytes]) {
      expect(await bob.receive(bytes)).toMatchObject({ kind: 'refused', reason: 'unexpected_wire_format' });
    }
    expect(await bob.receive(new Uint8Array(0))).toMatchObject({ kind: 'refused', reason: 'malformed' });
    const future = { kind: 'refused', reason: 'unsupported_version' };
    expect(await bob.receive(Uint8Array.of(0, 2, ...message.subarray(2)))).toMatchObject(future);
  });

  it('of our own is refused, as it can be read by others only', async () => {
    expect(await alice.receive(message)).toMatchObject({ kind: 'refused', reason: 'own_message' });
  });

  it('is read once', async () => {
    const [sender, reader] = (await groupOf(suite, 2)) as [Device, Device];
    const bytes = await sender.send('once');
    expect(await reader.read(bytes)).toBe('once');
    expect(await reader.receive(bytes)).toMatchObject({ kind: 'refused', reason: 'used_generation' });
  });
});

describe('joining', () => {
  it('refuses a Welcome, GroupInfo, tree or KeyPackage changed in any byte', async () => {
    const welcome = pending.welcomes[0]!.bytes;
    const own = dave.ownKeyPackage();
    const { ratchetTree, groupInfo } = pending;
    const changedAt = (bytes: Uint8Array, at: number): Uint8Array => {
      const changed = bytes.slice();
      changed[at]! ^= 1 << (at % 8);
      return changed;
    };
    const given = { welcome, keyPackage: own, ratchetTree };
    expect((await stageWelcome(suite, given)).kind).toBe('stagedJoin');
    for (let at = 0; at < welcome.length; at += 5) {
      expect((await stageWelcome(suite, { ...given, welcome: changedAt(welcome, at) })).kind).toBe('refused');
    }
    for (let at = 0; at < ratchetTree.length; at += 11) {
      const tree = changedAt(ratchetTree, at);
      expect((await stageWelcome(suite, { ...given, ratchetTree: tree })).kind).toBe('refused');
    }
    for (let at = 0; at < groupInfo.length; at += 7) {
      expect((await verifyGroupInfo(suite, changedAt(groupInfo, at), ratchetTree)).kind).toBe('refused');
    }
    for (let at = 0; at < keyPackage.bytes.length; at += 3) {
      expect((await verifyKeyPackage(suite, changedAt(keyPackage.bytes, at), policy)).kind).toBe('refused');
    }
  });
});

describe('stored bytes', () => {
  it('that are damaged are refused, not thrown over', () => {
    const privateState = encodePrivateState(bob.active);
    const tree = encodePublicTree(bob.active);
    const stored = encodePendingCommit(pending);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 }), (at, cut, value) => {
        const damage = (bytes: Uint8Array): Uint8Array => {
          const damaged = bytes.slice(0, bytes.length - (cut % 4));
          damaged[at % damaged.length] = value;
          return damaged;
        };
        for (const one of [
          decodeGroupState(suite, damage(privateState), tree),
          decodeGroupState(suite, privateState, damage(tree)),
          decodePendingCommit(suite, damage(stored)),
          decodeKeyPackageSecrets(suite, damage(stored)),
        ]) {
          expect(['active', 'pendingCommit', 'ownKeyPackage', 'refused']).toContain(one.kind);
        }
      }),
    );
  });

  it('of another suite are refused', async () => {
    const otherSuite = (await loadNodeProvider()).suite(suiteIds.x25519Aes128);
    const state = [encodePrivateState(bob.active), encodePublicTree(bob.active)] as const;
    expect(decodeGroupState(otherSuite, ...state)).toMatchObject({ kind: 'refused', reason: 'wrong_suite' });
  });
});

describe('peeking', () => {
  it('says group, epoch and kind of a message', () => {
    const group = { kind: 'group', groupId: testGroupId, epoch: 1n };
    expect(peekMessage(message)).toEqual({ ...group, content: 'application', wireFormat: 'private' });
    expect(peekMessage(publicCommit.commitMessage)).toEqual({
      ...group,
      content: 'commit',
      wireFormat: 'public',
    });
    expect(peekMessage(pending.groupInfo)).toEqual({ kind: 'groupInfo' });
    expect(peekMessage(new Uint8Array([0, 2, 0, 1]))).toMatchObject({
      kind: 'refused',
      reason: 'unsupported_version',
    });
    expect(peekMessage(new Uint8Array([0, 1, 0, 9]))).toMatchObject({
      kind: 'refused',
      reason: 'unexpected_wire_format',
    });
  });
});
