import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { describe, expect, it } from 'vitest';
import { encodeWith, lengthSize } from './codec/writer.ts';
import { signLeafNode } from './group/keyPackage.ts';
import {
  commit,
  createGroup,
  DecodeError,
  decodeGroupState,
  decodeKeyPackageSecrets,
  decodePendingCommit,
  decoders,
  encodeKeyPackageSecrets,
  encodePendingCommit,
  encodePrivateState,
  encodePublicTree,
  limits,
  type MlsRule,
  peekMessage,
  protect,
  stageWelcome,
  unprotect,
  verifyGroupInfo,
  verifyKeyPackage,
} from './index.ts';
import { ratchetsOf, withRatchets } from './schedule/secretTree.ts';
import { writeCredential } from './structs/credential.ts';
import type { Proposal } from './structs/proposal.ts';
import { policy, testLifetime } from './testing/device.ts';
import { forgeCommit, forgeMessage } from './testing/forge.ts';
import { forgePrivate, type PrivateForgery } from './testing/forgePrivate.ts';
import {
  expectRefusedByAll,
  given,
  hostileGroup,
  refusedBy,
  hostileSuite as suite,
} from './testing/hostileGroup.ts';

/** Encodings, PrivateMessages, sizes and stored bytes that break one rule of spec/mls.md each. */

const group = await hostileGroup();
const { mallory, honest, blankLeaf, outsider } = group;
const state = mallory.active;
const alice = honest[0]!;
const resumption: Proposal = {
  kind: 'psk',
  psk: {
    kind: 'resumption',
    usage: 'application',
    groupId: new Uint8Array(1),
    epoch: 1n,
    nonce: new Uint8Array(32),
  },
};

async function update(): Promise<Proposal> {
  const { credential } = mallory;
  const key = (await suite.hpke.generateKeyPair()).publicKey;
  const position = { groupId: state.groupContext.groupId, leafIndex: state.ownLeafIndex };
  const leafNode = await signLeafNode(
    suite,
    mallory.signer,
    { credential },
    key,
    { kind: 'update' },
    position,
  );
  return { kind: 'update', leafNode };
}

const proposing = async (proposal: Proposal) =>
  forgeMessage(state, mallory.signer, { kind: 'proposal', proposal });
const referring = () => forgeCommit(state, mallory.signer, { path: false, references: [new Uint8Array(32)] });

/** Where things are in a PublicMessage of a member of this group. */
const groupIdAt = 4;
const senderAt = groupIdAt + 1 + state.groupContext.groupId.length + 8;
const contentAt = senderAt + 1 + 4 + 1;
const bodyAt = contentAt + 1;
const keySize = suite.hpke.publicKeySize;
const credentialAt = bodyAt + 2 + lengthSize(keySize) + keySize + 33;
const sourceAt = credentialAt + encodeWith(mallory.credential, (w, c) => writeCredential(w, c)).length + 11;

describe('bytes of a message are refused:', () => {
  it.each<[MlsRule, string, () => Promise<Uint8Array>, at: number, length: number, bytes: readonly number[]]>(
    [
      ['MLS-6-01', 'of another version', () => proposing(resumption), 0, 2, [0, 2]],
      ['MLS-6-02', 'of an unknown wire format', () => proposing(resumption), 2, 2, [0, 6]],
      ['MLS-6-04', 'of an unknown content', () => proposing(resumption), contentAt, 1, [4]],
      ['MLS-6-04', 'of content zero', () => proposing(resumption), contentAt, 1, [0]],
      ['MLS-6-05', 'of an unknown sender', () => proposing(resumption), senderAt, 1, [5]],
      [
        'MLS-2.1.2-01',
        'with a length of two bytes where one does',
        () => proposing(resumption),
        groupIdAt,
        1,
        [0x40, 12],
      ],
      [
        'MLS-2.1.2-01',
        'with a length of four bytes where one does',
        () => proposing(resumption),
        groupIdAt,
        1,
        [0x80, 0, 0, 12],
      ],
      [
        'MLS-2.1.2-02',
        'with a length of eight bytes',
        () => proposing(resumption),
        groupIdAt,
        1,
        [0xc0, 0, 0, 0, 0, 0, 0, 12],
      ],
      [
        'MLS-P-01',
        'with a length beyond the end',
        () => proposing(resumption),
        groupIdAt,
        1,
        [0x83, 0xff, 0xff, 0xff],
      ],
      [
        'MLS-P-01',
        'with a group id that is too long',
        () => proposing(resumption),
        groupIdAt,
        1,
        [0x44, 1, ...new Uint8Array(1013)],
      ],
      ['MLS-8.4-03', 'with an unknown pre-shared key', () => proposing(resumption), bodyAt + 2, 1, [3]],
      [
        'MLS-8.4-04',
        'with an unknown usage of a resumption key',
        () => proposing(resumption),
        bodyAt + 3,
        1,
        [4],
      ],
      ['MLS-12.1-01', 'with a proposal of a number to come', () => proposing(resumption), bodyAt, 2, [0, 8]],
      ['MLS-12.1-01', 'with a proposal that is GREASE', () => proposing(resumption), bodyAt, 2, [0x0a, 0x0a]],
      ['MLS-12.4-01', 'with neither proposal nor reference', referring, bodyAt + 1, 1, [3]],
      ['MLS-2.1.1-01', 'with a path that is neither there nor not', referring, bodyAt + 1 + 2 + 32, 1, [2]],
      [
        'MLS-5.3-01',
        'with a credential of an unknown type',
        async () => proposing(await update()),
        credentialAt,
        2,
        [0x0a, 0x0a],
      ],
      [
        'MLS-7.2-01',
        'with a leaf of an unknown source',
        async () => proposing(await update()),
        sourceAt,
        1,
        [4],
      ],
      ['MLS-7.2-01', 'with a leaf of source zero', async () => proposing(await update()), sourceAt, 1, [0]],
    ],
  )('%s: %s', async (rule, _what, make, at, length, bytes) => {
    const message = await make();
    const changed = Uint8Array.of(...message.subarray(0, at), ...bytes, ...message.subarray(at + length));
    await expectRefusedByAll(group, changed, rule);
  });

  it('MLS-2.1-01, MLS-2.1-02: cut at any place, or with more behind', async () => {
    const message = await proposing(await update());
    for (let length = 0; length < message.length; length += 3) {
      expect(await given(group, message.subarray(0, length))).toEqual(refusedBy('MLS-2.1-01'));
    }
    await expectRefusedByAll(group, Uint8Array.of(...message, 0), 'MLS-2.1-02');
  });

  it('by decoders with the same rule', () => {
    const thrown = (decode: () => unknown) => {
      try {
        return decode();
      } catch (error) {
        return error instanceof DecodeError ? error.rule : error;
      }
    };
    expect(thrown(() => decoders.credential!(Uint8Array.of(0, 9)))).toBe('MLS-5.3-01');
    expect(thrown(() => decoders.extensions!(Uint8Array.of(0x40, 65 * 3, ...new Uint8Array(65 * 3))))).toBe(
      'MLS-P-02',
    );
  });
});

describe('a PrivateMessage is refused:', () => {
  const make = (forgery: PrivateForgery) => forgePrivate(state, mallory.signer, forgery);
  const body = (bytes: readonly number[]) => Uint8Array.from(bytes);

  it('but not the one without a change', async () => {
    expect(await given(group, await make({ padding: new Uint8Array(100) }))).toMatchObject({
      kind: 'application',
    });
  });

  it.each<[MlsRule, string, () => Promise<Uint8Array>]>([
    ['MLS-6-09', 'of a blank leaf', () => make({ leafIndex: blankLeaf })],
    ['MLS-6-09', 'of a leaf outside the tree', () => make({ leafIndex: 0xffffffff })],
    ['MLS-6.1-01', 'signed by another', () => forgePrivate(state, outsider.signer, {})],
    [
      'MLS-6-06',
      'of another group',
      () => make({ changeMessage: (message) => ({ ...message, groupId: Uint8Array.of(1) }) }),
    ],
    [
      'MLS-6-07',
      'of the epoch before',
      () => make({ changeMessage: (message) => ({ ...message, epoch: message.epoch - 1n }) }),
    ],
    [
      'MLS-6-08',
      'of the epoch after',
      () => make({ changeMessage: (message) => ({ ...message, epoch: message.epoch + 1n }) }),
    ],
    [
      'MLS-6.3-01',
      'that says it is a commit',
      () => make({ changeMessage: (message) => ({ ...message, contentKind: 'commit' }) }),
    ],
    [
      'MLS-6.3-02',
      'with other authenticated data',
      () => make({ changeMessage: (message) => ({ ...message, authenticatedData: Uint8Array.of(1) }) }),
    ],
    ['MLS-6.3-02', 'of another generation', () => make({ generation: 3 })],
    [
      'MLS-6.3-02',
      'whose content was changed',
      () => make({ changeCiphertext: (bytes) => Uint8Array.of(...bytes.subarray(0, -1), 1) }),
    ],
    ['MLS-6.3-02', 'without content', () => make({ changeCiphertext: () => new Uint8Array(0) })],
    [
      'MLS-6.3-01',
      'whose sender data was changed',
      () => make({ changeSenderData: (bytes) => bytes.toReversed() }),
    ],
    ['MLS-6.3-01', 'without sender data', () => make({ changeSenderData: () => new Uint8Array(0) })],
    ['MLS-2.1-01', 'whose sender data is too short', () => make({ senderData: new Uint8Array(11) })],
    ['MLS-2.1-02', 'whose sender data is too long', () => make({ senderData: new Uint8Array(13) })],
    ['MLS-6.3.1-01', 'padded with something else', () => make({ padding: body([0, 0, 1]) })],
    [
      'MLS-6.3.1-01',
      'padded with a megabyte that ends in something else',
      () => make({ padding: new Uint8Array(1 << 20).fill(9, -1) }),
    ],
    ['MLS-2.1-01', 'with nothing in it', () => make({ plaintext: body([]) })],
    ['MLS-2.1-01', 'without a signature', () => make({ plaintext: body([1, 7]) })],
    ['MLS-2.1.2-01', 'with a length inside that is too long', () => make({ plaintext: body([0x40, 1, 7]) })],
    ['MLS-6.1-01', 'with an empty signature', () => make({ plaintext: body([1, 7, 0]) })],
    ['MLS-P-11', 'too many generations ahead', () => make({ generation: limits.maxForwardGenerations + 1 })],
    ['MLS-P-11', 'of the last generation there is', () => make({ generation: 0xffffffff })],
  ])('%s: %s', async (rule, _what, forged) => {
    await expectRefusedByAll(group, await forged(), rule);
  });

  it('MLS-6.3-02: of another member, with the key of its real sender', async () => {
    const others = { ...group, honest: honest.slice(1) };
    await expectRefusedByAll(others, await make({ leafIndex: alice.active.ownLeafIndex }), 'MLS-6.3-02');
  });

  it('MLS-6.1-01: of another member, with the keys of that one, which all have', async () => {
    const others = { ...group, honest: honest.slice(1) };
    const leafIndex = alice.active.ownLeafIndex;
    await expectRefusedByAll(others, await make({ leafIndex, ratchetLeaf: leafIndex }), 'MLS-6.1-01');
  });

  it('MLS-9.2-01: that was read before', async () => {
    const message = await make({});
    await expectRefusedByAll(group, message, 'MLS-9.2-01', {}, [message]);
  });

  it('MLS-11.2-11: after a ReInit', async () => {
    const reInit = { groupId: new Uint8Array(1), version: 1, cipherSuite: suite.id, extensions: [] };
    for (const { active } of honest) {
      const closed = { ...active, own: { ...active.own, reInit } };
      expect(await unprotect(closed, await make({}), policy)).toEqual(refusedBy('MLS-11.2-11'));
    }
  });
});

describe('what a caller asks for is refused:', () => {
  const data = new Uint8Array(1);

  it('MLS-P-04: with the signer of another leaf', async () => {
    expect(await protect(alice.active, mallory.signer, data)).toEqual(refusedBy('MLS-P-04'));
    expect(await commit(alice.active, mallory.signer, policy)).toEqual(refusedBy('MLS-P-04'));
  });

  it('MLS-P-05: about more bytes than a message may have', async () => {
    const huge = new Uint8Array(limits.maxMessageBytes + 1);
    const keyPackage = await outsider.publish().then(() => outsider.ownKeyPackage());
    expect(await unprotect(alice.active, huge, policy)).toEqual(refusedBy('MLS-P-05'));
    expect(await verifyKeyPackage(suite, huge, policy)).toEqual(refusedBy('MLS-P-05'));
    expect(await verifyGroupInfo(suite, huge, null)).toEqual(refusedBy('MLS-P-05'));
    expect(await stageWelcome(suite, { welcome: huge, keyPackage })).toEqual(refusedBy('MLS-P-05'));
    expect(peekMessage(huge)).toEqual(refusedBy('MLS-P-05'));
  });

  it('MLS-P-06: to send too much', async () => {
    const tooMuch = new Uint8Array(limits.maxMessageBytes / 2 + 1);
    expect(await protect(alice.active, alice.signer, tooMuch)).toEqual(refusedBy('MLS-P-06'));
  });

  it('MLS-P-07: to pad to less than there is, or to far more', async () => {
    for (const padding of [() => 0, (size: number) => size + limits.maxPaddingBytes + 1, () => Number.NaN]) {
      expect(await protect(alice.active, alice.signer, data, { padding })).toEqual(refusedBy('MLS-P-07'));
    }
  });

  it('MLS-P-08: to create a group with a long id', async () => {
    const { credential, signer } = outsider;
    const groupId = new Uint8Array(limits.maxIdBytes + 1);
    const made = await createGroup(suite, signer, { groupId, credential, lifetime: testLifetime });
    expect(made).toEqual(refusedBy('MLS-P-08'));
  });

  it('MLS-P-10: to add to a tree that is full', async () => {
    const { active } = alice;
    const [leaf] = active.tree.leaves;
    const leaves = new Array(limits.maxTreeLeaves).fill(leaf);
    const parents = new Array(limits.maxTreeLeaves - 1).fill(null);
    const full = {
      ...active,
      tree: { ...active.tree, leafCount: limits.maxTreeLeaves, leaves, parents, hashes: [] },
    };
    const add = { kind: 'add', keyPackage: await outsider.publish() } as const;
    expect(await commit(full, alice.signer, { ...policy, proposals: [add] })).toEqual(refusedBy('MLS-P-10'));
  });

  it('MLS-P-13: to commit too many proposals', async () => {
    const proposals = new Array(limits.maxProposals + 1).fill({ kind: 'remove', leafIndex: 5 });
    expect(await commit(alice.active, alice.signer, { ...policy, proposals })).toEqual(refusedBy('MLS-P-13'));
  });

  it('MLS-9.1-01: to send beyond the last generation', async () => {
    const { active } = alice;
    const { secretTree } = active.own;
    const ratchets = ratchetsOf(suite, secretTree, active.ownLeafIndex);
    const application = { ...ratchets.application, generation: 0xffffffff };
    const spent = withRatchets(suite, secretTree, active.ownLeafIndex, { ...ratchets, application });
    const last = { ...active, own: { ...active.own, secretTree: spent } };
    expect(await protect(last, alice.signer, data)).toEqual(refusedBy('MLS-9.1-01'));
  });
});

describe('stored bytes are refused:', () => {
  it('MLS-P-16, MLS-P-17: of another version, epoch or suite', async () => {
    const { active } = alice;
    const stored = [encodePrivateState(active), encodePublicTree(active)] as const;
    const other = (await loadNodeProvider()).suite(suiteIds.x25519Aes128);
    expect(decodeGroupState(other, ...stored)).toEqual(refusedBy('MLS-P-17'));
    const made = await alice.commit([]);
    const later = [encodePrivateState(made.nextState), encodePublicTree(made.nextState)] as const;
    const versioned = (bytes: Uint8Array) => Uint8Array.of(99, ...bytes.subarray(1));
    expect(decodeGroupState(suite, stored[0], later[1])).toEqual(refusedBy('MLS-P-16'));
    expect(decodeGroupState(suite, later[0], stored[1])).toEqual(refusedBy('MLS-P-16'));
    expect(decodeGroupState(suite, versioned(stored[0]), stored[1])).toEqual(refusedBy('MLS-P-16'));
    expect(decodeGroupState(suite, stored[0], versioned(stored[1]))).toEqual(refusedBy('MLS-P-16'));
    expect(decodePendingCommit(suite, versioned(encodePendingCommit(made)))).toEqual(refusedBy('MLS-P-16'));
    await outsider.publish();
    const secrets = encodeKeyPackageSecrets(outsider.ownKeyPackage());
    expect(decodeKeyPackageSecrets(suite, versioned(secrets))).toEqual(refusedBy('MLS-P-16'));
    expect(decodeKeyPackageSecrets(other, secrets)).toEqual(refusedBy('MLS-P-17'));
  });
});
