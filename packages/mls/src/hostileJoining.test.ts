/** What a joiner must refuse. Over 400 lines, because all attacks are on the same group. */
import { describe, expect, it } from 'vitest';
import {
  defaultCapabilities,
  encodeKeyPackageSecrets,
  extensionTypes,
  externalJoin,
  limits,
  type MlsRule,
  type StageWelcomeOptions,
  stageWelcome,
  verifyGroupInfo,
} from './index.ts';
import type { PreSharedKey } from './schedule/pskSecret.ts';
import { accepted, toHex } from './testing/bytes.ts';
import { Device, policy, testGroupId } from './testing/device.ts';
import { type Forgery, forgeCommitAndTree, pretending } from './testing/forge.ts';
import { forgeJoin, type JoinForgery, treeOfLeaves } from './testing/forgeJoin.ts';
import { forgeLeaf, type LeafChanges } from './testing/forgeLeaf.ts';
import { hostileGroup, refusedBy, hostileSuite as suite } from './testing/hostileGroup.ts';
import { parentAt, type RatchetTree, TreeEditor } from './tree/ratchetTree.ts';

/**
 * Welcome, GroupInfo and tree of a malicious member: sealed, hashed and signed as they should be, and wrong in one
 * thing. Whoever joins by one of them refuses it for that rule of spec/mls.md, and keeps its KeyPackage as it was. One table,
 * though long, so that it is seen to be whole.
 */

const { mallory, blankLeaf, honest } = await hostileGroup();
const state = mallory.active;
const own = state.ownLeafIndex;
const victim = await Device.make(suite, 'victim');
const published = await victim.publish();
const keyPackage = victim.ownKeyPackage();
const { reference } = published;
const victimLeaf = published.keyPackage.leafNode;
const lowOrder = new Uint8Array(32);
const nonce = new Uint8Array(32).fill(1);
const someKey = (await suite.hpke.generateKeyPair()).publicKey;
const privateType = 0xf001;
const extension = (type: number, data: Uint8Array = new Uint8Array(0)) => ({ type, data });

/** The group's tree with the victim added by a commit without path. */
function addedTree(): TreeEditor {
  const tree = new TreeEditor(state.tree);
  tree.add(victimLeaf);
  return tree;
}

/** The tree of a commit of Mallory that adds the victim, with what she does to its path. */
async function committedTree(forgery: Partial<Forgery> = {}): Promise<TreeEditor> {
  const made = await forgeCommitAndTree(state, mallory.signer, {
    path: true,
    proposals: [{ kind: 'add', keyPackage: published.keyPackage }],
    edit: (tree) => [tree.add(victimLeaf)],
    ...forgery,
  });
  return made.tree;
}

const malloryPublished = (await mallory.publish()).keyPackage.leafNode;
const third = await Device.make(suite, 'third');
const thirdPublished = (await third.publish()).keyPackage.leafNode;

/** A young group of Mallory, one more whose leaf says what she likes, and the victim. */
async function youngTree(changes: LeafChanges = {}): Promise<TreeEditor> {
  const { source } = thirdPublished;
  const position = { groupId: testGroupId, leafIndex: 1 };
  const leaf = await forgeLeaf(suite, third.signer, thirdPublished, changes, source, position);
  return treeOfLeaves([malloryPublished, leaf, victimLeaf]);
}

function changedTree(tree: RatchetTree, change: (tree: TreeEditor) => void): TreeEditor {
  const changed = new TreeEditor(tree);
  change(changed);
  changed.hashes.length = 0;
  return changed;
}

function withUnmerged(node: number, unmergedLeaves: readonly number[]): TreeEditor {
  return changedTree(addedTree(), (tree) =>
    tree.setParent(node, { ...parentAt(tree, node)!, unmergedLeaves }),
  );
}

const join = (forgery: Partial<JoinForgery>) =>
  forgeJoin(
    suite,
    mallory.signer,
    { ...state.groupContext, epoch: state.groupContext.epoch + 1n },
    published.keyPackage,
    reference,
    {
      tree: addedTree(),
      signerLeaf: own,
      context: {},
      ...forgery,
    },
  );
const youngJoin = async (changes: LeafChanges, forgery: Partial<JoinForgery> = {}) =>
  join({ tree: await youngTree(changes), signerLeaf: 0, context: { extensions: [] }, ...forgery });

async function expectWelcomeRefused(
  options: Omit<StageWelcomeOptions, 'keyPackage'>,
  rule: MlsRule,
): Promise<void> {
  const before = toHex(encodeKeyPackageSecrets(keyPackage));
  expect(await stageWelcome(suite, { ...options, keyPackage })).toEqual(refusedBy(rule));
  expect(toHex(encodeKeyPackageSecrets(keyPackage))).toBe(before);
}

describe('what the forger makes without a change', () => {
  it('is taken', async () => {
    for (const forged of [await join({}), await youngJoin({})]) {
      expect(accepted(await stageWelcome(suite, { ...forged, keyPackage })).kind).toBe('stagedJoin');
      expect(accepted(await verifyGroupInfo(suite, forged.groupInfo, forged.ratchetTree)).kind).toBe(
        'verifiedGroupInfo',
      );
    }
  });
});

type JoinAttack = [rule: MlsRule, what: string, make: () => ReturnType<typeof join>];
const capabilities = defaultCapabilities(suite);
const certificate = { kind: 'x509', certificates: [] } as const;
const lowestParent = state.tree.parents.findIndex((parent) => parent !== null) * 2 + 1;

const treeAttacks: JoinAttack[] = [
  ['MLS-7.3-01', 'another group id', () => join({ context: { groupId: nonce } })],
  [
    'MLS-7.2-04',
    'a leaf that does not list the version',
    () => youngJoin({ capabilities: { ...capabilities, versions: [] } }),
  ],
  [
    'MLS-7.2-05',
    'a leaf that does not list the suite',
    () => youngJoin({ capabilities: { ...capabilities, cipherSuites: [] } }),
  ],
  [
    'MLS-7.2-06',
    'a leaf that does not list its credential',
    () => youngJoin({ capabilities: { ...capabilities, credentials: [] } }),
  ],
  [
    'MLS-7.2-07',
    'a leaf that does not list its extension',
    () => youngJoin({ extensions: [extension(privateType)] }),
  ],
  [
    'MLS-7.2-08',
    'a leaf with an extension twice',
    () => youngJoin({ extensions: [extension(1), extension(1)] }),
  ],
  ['MLS-7.3-01', 'a leaf that nobody signed', () => youngJoin({ signature: new Uint8Array(64) })],
  [
    'MLS-7.3-01',
    'a leaf in the name of another',
    () => youngJoin({ signatureKey: honest[0]!.signer.publicKey }),
  ],
  [
    'MLS-7.3-02',
    'a leaf with a huge signature key',
    () => youngJoin({ signatureKey: new Uint8Array(300_000) }),
  ],
  ['MLS-7.3-03', 'a leaf with a key of low order', () => youngJoin({ encryptionKey: lowOrder })],
  ['MLS-7.3-03', 'a leaf with a huge key', () => youngJoin({ encryptionKey: new Uint8Array(300_000) })],
  [
    'MLS-7.3-07',
    'two leaves with one key',
    () => youngJoin({ encryptionKey: malloryPublished.encryptionKey }),
  ],
  [
    'MLS-7.3-07',
    'a parent with the key of a leaf',
    async () =>
      join({
        tree: await committedTree({
          publicKeys: (keys) => [...keys.slice(0, -1), state.tree.leaves[3]!.encryptionKey],
        }),
      }),
  ],
  [
    'MLS-7.3-08',
    'two leaves with one signature key',
    () => youngJoin({ signatureKey: malloryPublished.signatureKey }),
  ],
  [
    'MLS-7.3-09',
    'a leaf with a credential that not all list',
    () => youngJoin({ credential: certificate, capabilities: { ...capabilities, credentials: [1, 2] } }),
  ],
  [
    'MLS-11.1-01',
    'an extension of the group that not all list',
    () => youngJoin({}, { context: { extensions: [extension(privateType)] } }),
  ],
  [
    'MLS-12.1.7-01',
    'an extension of the group twice',
    () =>
      youngJoin(
        {},
        { context: { extensions: [extension(5, Uint8Array.of(0)), extension(5, Uint8Array.of(0))] } },
      ),
  ],
  [
    'MLS-12.1.7-02',
    'an extension that the group may not have',
    () => youngJoin({}, { context: { extensions: [extension(extensionTypes.externalPub)] } }),
  ],
  [
    'MLS-7.7-01',
    'a tree larger than its members need',
    () =>
      join({
        tree: changedTree(addedTree(), (tree) => {
          tree.leafCount = 16;
          while (tree.leaves.length < 16) tree.leaves.push(null);
          while (tree.parents.length < 15) tree.parents.push(null);
          tree.setParent(15, { encryptionKey: nonce, parentHash: new Uint8Array(0), unmergedLeaves: [] });
        }),
      }),
  ],
  ['MLS-7.8-01', 'another tree hash', () => join({ context: { treeHash: nonce } })],
  [
    'MLS-7.9.2-01',
    'a parent that is bound to no leaf',
    () =>
      join({
        tree: changedTree(addedTree(), (tree) =>
          tree.setParent(lowestParent, { ...parentAt(tree, lowestParent)!, encryptionKey: someKey }),
        ),
      }),
  ],
  [
    'MLS-7.9.2-01',
    'a parent with another parent hash',
    () =>
      join({
        tree: changedTree(addedTree(), (tree) =>
          tree.setParent(lowestParent, { ...parentAt(tree, lowestParent)!, parentHash: nonce }),
        ),
      }),
  ],
  [
    'MLS-12.4.3.1-10',
    'an unmerged leaf outside the tree',
    () => join({ tree: withUnmerged(7, [4, 0xffffffff]) }),
  ],
  ['MLS-12.4.3.1-10', 'an unmerged leaf that is blank', () => join({ tree: withUnmerged(7, [4, 7]) })],
  ['MLS-12.4.3.1-10', 'an unmerged leaf elsewhere', () => join({ tree: withUnmerged(lowestParent, [6]) })],
  ['MLS-12.4.3.1-10', 'an unmerged leaf twice', () => join({ tree: withUnmerged(7, [4, 4]) })],
  ['MLS-12.4.3.1-10', 'unmerged leaves out of order', () => join({ tree: withUnmerged(7, [6, 4]) })],
  ['MLS-12.4.3.1-10', 'an unmerged leaf that is merged below', () => join({ tree: withUnmerged(7, [0, 4]) })],
  [
    'MLS-12.4.3.1-11',
    'a parent with a key of low order',
    async () =>
      join({
        tree: await committedTree({
          publicKeys: (keys) => [...keys.slice(0, -1), new Uint8Array(31).fill(1)],
          path: true,
          changePath: (path) => path,
        }),
      }),
  ],
  ['MLS-12.4.3-01', 'another version', () => join({ context: { version: 2 } })],
  ['MLS-12.4.3-02', 'another suite', () => join({ context: { cipherSuite: 1 } })],
  ['MLS-12.4.3-03', 'a signer outside the tree', () => join({ signerLeaf: 0xffffffff })],
  ['MLS-12.4.3-03', 'a signer that is blank', () => join({ signerLeaf: 7 })],
  ['MLS-12.4.3-04', 'another signer than it says', () => join({ signerLeaf: 0 })],
  [
    'MLS-12.4.3-04',
    'a signature that is too short',
    () => join({ changeInfo: (info) => ({ ...info, signature: info.signature.subarray(1) }) }),
  ],
  [
    'MLS-12.4.3-06',
    'an extension of the GroupInfo twice',
    () => join({ extensions: [extension(1), extension(1)] }),
  ],
];

describe('joining is refused:', () => {
  it.each(treeAttacks)('%s: with %s', async (rule, _what, make) => {
    const forged = await make();
    await expectWelcomeRefused(forged, rule);
    expect(await verifyGroupInfo(suite, forged.groupInfo, forged.ratchetTree)).toEqual(refusedBy(rule));
  });

  it('MLS-12.4.3-05: without a tree', async () => {
    const { welcome, groupInfo } = await join({});
    await expectWelcomeRefused({ welcome }, 'MLS-12.4.3-05');
    expect(await verifyGroupInfo(suite, groupInfo, null)).toEqual(refusedBy('MLS-12.4.3-05'));
  });

  it('MLS-P-09: with a tree that is too large', async () => {
    const { welcome, groupInfo } = await join({});
    const ratchetTree = new Uint8Array(limits.maxTreeBytes + 1);
    await expectWelcomeRefused({ welcome, ratchetTree }, 'MLS-P-09');
    expect(await verifyGroupInfo(suite, groupInfo, ratchetTree)).toEqual(refusedBy('MLS-P-09'));
  });

  it.each<[MlsRule, string, readonly number[]]>([
    ['MLS-12.4.3.3-01', 'a parent at the place of a leaf', [1, 2]],
    ['MLS-12.4.3.3-02', 'nothing', []],
    ['MLS-12.4.3.3-02', 'a blank node at its end', [0]],
    ['MLS-2.1.1-01', 'a node that is neither there nor not', [2]],
  ])('%s: with a tree of %s', async (rule, _what, nodes) => {
    const ratchetTree = Uint8Array.of(nodes.length, ...nodes);
    const { welcome } = await join({});
    await expectWelcomeRefused({ welcome, ratchetTree }, rule);
  });

  it('MLS-P-02: with a tree of more nodes than allowed', async () => {
    const { welcome } = await join({});
    const count = 2 * limits.maxTreeLeaves;
    const ratchetTree = Uint8Array.of(0x40 | (count >> 8), count & 0xff, ...new Uint8Array(count));
    await expectWelcomeRefused({ welcome, ratchetTree }, 'MLS-P-02');
  });
});

const id = (
  changes: Partial<Extract<PreSharedKey['id'], { kind: 'resumption' }>> = {},
): PreSharedKey['id'] => ({
  kind: 'resumption',
  usage: 'branch',
  groupId: testGroupId,
  epoch: state.groupContext.epoch,
  nonce,
  ...changes,
});
const external = (pskId: Uint8Array, size = 32): PreSharedKey => ({
  id: { kind: 'external', pskId, nonce: nonce.slice(0, size) },
  secret: nonce,
});
const link = { id: id(), secret: state.own.secrets.resumptionPsk };

describe('a Welcome is refused:', () => {
  it.each<[MlsRule, string, () => ReturnType<typeof join>]>([
    ['MLS-12.4.3.1-01', 'for another KeyPackage', () => join({ newMember: nonce })],
    ['MLS-12.4.3.1-03', 'whose joiner secret is too short', () => join({ joinerSecret: nonce.subarray(1) })],
    ['MLS-12.4.3.1-04', 'whose GroupInfo is under another key', () => join({ welcomeSecret: nonce })],
    ['MLS-12.4.3.1-05', 'of another suite', () => join({ cipherSuite: 1 })],
    [
      'MLS-12.4.3.1-06',
      'with another confirmation tag',
      () => join({ confirmationTag: (tag) => tag.toReversed() }),
    ],
    ['MLS-12.4.3.1-07', 'without our leaf', () => join({ tree: new TreeEditor(state.tree) })],
    [
      'MLS-12.4.3.1-09',
      'with a path secret for a blank node',
      () =>
        join({
          pathSecret: nonce,
          tree: changedTree(addedTree(), (tree) => tree.blankDirectPath(blankLeaf)),
        }),
    ],
    [
      'MLS-7.5-01',
      'with a path secret that is another',
      async () => join({ pathSecret: nonce, tree: await committedTree() }),
    ],
    [
      'MLS-7.5-03',
      'with a path secret that is too short',
      async () => join({ pathSecret: nonce.subarray(1), tree: await committedTree() }),
    ],
    ['MLS-12.4.3.1-12', 'without the path secret', async () => join({ tree: await committedTree() })],
    ['MLS-8.4-01', 'with a short nonce of a pre-shared key', () => join({ psks: [external(nonce, 31)] })],
    ['MLS-8.4-05', 'with a pre-shared key that is not known', () => join({ psks: [external(nonce)] })],
    ['MLS-12.2-04', 'with a pre-shared key twice', () => join({ psks: [external(nonce), external(nonce)] })],
    [
      'MLS-P-02',
      'with more pre-shared keys than allowed',
      () => join({ psks: Array.from({ length: 33 }, (_, i) => external(Uint8Array.of(i))) }),
    ],
    [
      'MLS-P-01',
      'with a name of a pre-shared key that is too long',
      () => join({ psks: [external(new Uint8Array(1025))] }),
    ],
  ])('%s: %s', async (rule, _what, make) => {
    await expectWelcomeRefused(await make(), rule);
  });

  it('MLS-12.4.3.1-02: whose secrets are sealed to another key', async () => {
    const other = await victim.suite.hpke.generateKeyPair();
    const forged = await forgeJoin(
      suite,
      mallory.signer,
      state.groupContext,
      { ...published.keyPackage, initKey: other.publicKey },
      reference,
      { tree: addedTree(), signerLeaf: own, context: {} },
    );
    await expectWelcomeRefused(forged, 'MLS-12.4.3.1-02');
  });

  it('MLS-12.4.3.1-08: that we are said to have signed', async () => {
    const forged = await forgeJoin(
      suite,
      victim.signer,
      state.groupContext,
      published.keyPackage,
      reference,
      { tree: addedTree(), signerLeaf: blankLeaf, context: {} },
    );
    await expectWelcomeRefused(forged, 'MLS-12.4.3.1-08');
  });

  it('MLS-6-03: that is none', async () => {
    const { groupInfo } = await join({});
    await expectWelcomeRefused({ welcome: groupInfo }, 'MLS-6-03');
  });

  const closed = {
    ...state,
    own: {
      ...state.own,
      reInit: { groupId: testGroupId, version: 1, cipherSuite: suite.id, extensions: [] },
    },
  };
  const reinitLink = { ...link, id: id({ usage: 'reinit' }) };
  const first = { epoch: 1n, extensions: [] };
  it.each<[MlsRule, string, () => ReturnType<typeof join>, StageWelcomeOptions['predecessor']]>([
    [
      'MLS-11.2-01',
      'of a branch, without the group it springs from',
      () => join({ context: first, psks: [link] }),
      undefined,
    ],
    [
      'MLS-11.2-02',
      'of a group that is said to be a branch and is not',
      () => join({ context: first }),
      { usage: 'branch', state },
    ],
    [
      'MLS-11.2-02',
      'of a branch that is said to follow a ReInit',
      () => join({ context: first, psks: [link] }),
      { usage: 'reinit', state: closed },
    ],
    [
      'MLS-11.2-02',
      'of a branch of two groups',
      () =>
        join({ context: first, psks: [link, { ...link, id: id({ nonce: nonce.toReversed().fill(2) }) }] }),
      { usage: 'branch', state },
    ],
    [
      'MLS-11.2-03',
      'of a branch that is older',
      () => join({ context: { ...first, epoch: 2n }, psks: [link] }),
      { usage: 'branch', state },
    ],
    [
      'MLS-11.2-04',
      'of a branch of another group',
      () => join({ context: first, psks: [{ id: id({ groupId: nonce }), secret: nonce }] }),
      { usage: 'branch', state },
    ],
    [
      'MLS-11.2-05',
      'of a branch of another epoch',
      () => join({ context: first, psks: [{ id: id({ epoch: 1n }), secret: nonce }] }),
      { usage: 'branch', state },
    ],
    [
      'MLS-11.3-01',
      'of a branch of another version',
      () => join({ context: { ...first, version: 2 }, psks: [link] }),
      { usage: 'branch', state },
    ],
    [
      'MLS-11.3-02',
      'of a branch of another suite',
      () => join({ context: first, psks: [link] }),
      { usage: 'branch', state: pretending(state, { cipherSuite: 1 }) },
    ],
    [
      'MLS-11.2-06',
      'of a successor without a ReInit',
      () => join({ context: first, psks: [reinitLink] }),
      { usage: 'reinit', state },
    ],
    [
      'MLS-11.2-07',
      'of a successor of another id',
      () => join({ context: { ...first, groupId: nonce }, psks: [reinitLink] }),
      { usage: 'reinit', state: closed },
    ],
    [
      'MLS-11.2-08',
      'of a successor of another version',
      () => join({ context: { ...first, version: 2 }, psks: [reinitLink] }),
      { usage: 'reinit', state: closed },
    ],
    [
      'MLS-11.2-09',
      'of a successor of another suite',
      () => join({ context: { ...first, cipherSuite: 1 }, psks: [reinitLink] }),
      { usage: 'reinit', state: closed },
    ],
    [
      'MLS-11.2-10',
      'of a successor with other extensions',
      () => join({ context: { ...first, extensions: [extension(0x0a0a)] }, psks: [reinitLink] }),
      { usage: 'reinit', state: closed },
    ],
  ])('%s: %s', async (rule, _what, make, predecessor) => {
    const psks = () => (predecessor === undefined ? link.secret : nonce);
    const given = { ...(await make()), psks };
    await expectWelcomeRefused(predecessor === undefined ? given : { ...given, predecessor }, rule);
  });
});

describe('an external join is refused:', () => {
  it.each<[MlsRule, string, Partial<JoinForgery>]>([
    ['MLS-12.4.3.2-03', 'without external_pub', { extensions: [] }],
    [
      'MLS-12.4.3.2-04',
      'by an external_pub of low order',
      { extensions: [extension(extensionTypes.externalPub, Uint8Array.of(32, ...lowOrder))] },
    ],
    [
      'MLS-12.4.3.2-04',
      'by an external_pub of no size',
      { extensions: [extension(extensionTypes.externalPub, Uint8Array.of(0))] },
    ],
    [
      'MLS-2.1-02',
      'by an external_pub with a byte behind',
      { extensions: [extension(extensionTypes.externalPub, Uint8Array.of(0, 0))] },
    ],
    ['MLS-8.1-01', 'into an epoch that no other can follow', { context: { epoch: 0xffffffffffffffffn } }],
  ])('%s: %s', async (rule, _what, forgery) => {
    const { groupInfo, ratchetTree } = await join({ tree: new TreeEditor(state.tree), ...forgery });
    const info = accepted(await verifyGroupInfo(suite, groupInfo, ratchetTree));
    const { credential } = victim;
    expect(await externalJoin(suite, victim.signer, { ...policy, groupInfo: info, credential })).toEqual(
      refusedBy(rule),
    );
  });
});
