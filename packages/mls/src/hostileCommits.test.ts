import { describe, expect, it } from 'vitest';
import { decodeWith } from './codec/reader.ts';
import { encodeWith } from './codec/writer.ts';
import {
  createKeyPackage,
  defaultCapabilities,
  extensionTypes,
  limits,
  type MlsRule,
  type Proposal,
  unprotect,
} from './index.ts';
import { proposalRef } from './labels/labels.ts';
import { writeRequiredCapabilities } from './structs/capabilities.ts';
import { writeAuthenticatedContent } from './structs/framedContent.ts';
import { encodeMlsMessage, readMlsMessage } from './structs/mlsMessage.ts';
import { wireFormats } from './structs/registry.ts';
import { accepted } from './testing/bytes.ts';
import { Device, policy, testGroupId, testLifetime, testNowMs } from './testing/device.ts';
import { type Forgery, forgeCommit, forgeMessage, pretending } from './testing/forge.ts';
import { forgeKeyPackage, forgeLeaf } from './testing/forgeLeaf.ts';
import {
  expectRefusedByAll,
  given,
  type HostileGroup,
  hostileGroup,
  hostileSuite as suite,
} from './testing/hostileGroup.ts';
import type { TreeEditor } from './tree/ratchetTree.ts';

/**
 * Proposals and commits of a malicious member that holds all its keys: each message is signed, tagged and encrypted
 * as it should be, breaks one rule of spec/mls.md, and is refused for that rule by every honest member. One table,
 * though long, so that it is seen to be whole.
 */

const group = await hostileGroup();
const { mallory, outsider, blankLeaf, honest } = group;
const state = mallory.active;
const { groupContext } = state;
const own = state.tree.leaves[state.ownLeafIndex]!;
const alice = honest[0]!;
const privateType = 0xf001;
const lowOrder = new Uint8Array(32);
const someKey = (await suite.hpke.generateKeyPair()).publicKey;
const joiner = await Device.make(suite, 'joiner');
const published = (await joiner.publish()).keyPackage;
const remove = (leafIndex: number): Proposal => ({ kind: 'remove', leafIndex });
const gce = (extensions: readonly { type: number; data: Uint8Array }[]): Proposal => ({
  kind: 'groupContextExtensions',
  extensions,
});
const nonce = new Uint8Array(32).fill(1);
const externalPsk: Proposal = { kind: 'psk', psk: { kind: 'external', pskId: Uint8Array.of(1), nonce } };
const resumption = (usage: 'application' | 'reinit' | 'branch'): Proposal => ({
  kind: 'psk',
  psk: { kind: 'resumption', usage, groupId: testGroupId, epoch: 1n, nonce },
});
const reInit = (version: number): Proposal => ({
  kind: 'reInit',
  reInit: { groupId: Uint8Array.of(7), version, cipherSuite: suite.id, extensions: [] },
});
const init = (kemOutput: Uint8Array): Proposal => ({ kind: 'externalInit', kemOutput });
const extension = (type: number, data: Uint8Array = new Uint8Array(0)) => ({ type, data });
const required = (extensions: number[], proposals: number[], credentials: number[]) =>
  extension(
    extensionTypes.requiredCapabilities,
    encodeWith({ extensions, proposals, credentials }, writeRequiredCapabilities),
  );
const known = { psks: () => nonce };

/** The tree without a member. */
function without(leafIndex: number): (tree: TreeEditor) => readonly number[] {
  return (tree) => {
    tree.remove(leafIndex);
    return [];
  };
}

function member(forgery: Partial<Forgery>): Promise<Uint8Array> {
  return forgeCommit(state, mallory.signer, { path: true, ...forgery });
}

function external(forgery: Partial<Forgery>): Promise<Uint8Array> {
  return forgeCommit(state, outsider.signer, {
    path: true,
    leaf: { credential: outsider.credential },
    external: (kemOutput) => [init(kemOutput)],
    ...forgery,
  });
}

function adding(keyPackage: typeof published): Partial<Forgery> {
  return {
    proposals: [{ kind: 'add', keyPackage }],
    edit: (tree) => [tree.add(keyPackage.leafNode)],
  };
}

/** A proposal of the sender as all store it, and the reference that commits use. */
async function stored(
  proposal: Proposal,
  by: Device = mallory,
): Promise<{ readonly message: Uint8Array; readonly reference: Uint8Array }> {
  const sender = by === outsider ? ({ kind: 'external', senderIndex: 0 } as const) : undefined;
  const from = by === outsider ? state : by.active;
  const message = await forgeMessage(from, by.signer, { kind: 'proposal', proposal }, sender);
  const decoded = decodeWith(message, readMlsMessage);
  if (decoded.kind !== 'publicMessage') throw new Error('not a PublicMessage');
  const { content, auth } = decoded.publicMessage;
  const whole = { wireFormat: wireFormats.publicMessage, content, auth };
  return { message, reference: proposalRef(suite, encodeWith(whole, writeAuthenticatedContent)) };
}

async function updateOf(changes: Parameters<typeof forgeLeaf>[3], kind: 'update' | 'keyPackage' = 'update') {
  const source = kind === 'update' ? { kind } : ({ kind, lifetime: testLifetime } as const);
  const position = { groupId: groupContext.groupId, leafIndex: state.ownLeafIndex };
  const base = { ...own, encryptionKey: someKey };
  return forgeLeaf(suite, mallory.signer, base, changes, source, position);
}

describe('what the forger makes without a change', () => {
  it.each<[string, () => Promise<Uint8Array>]>([
    ['a commit', () => member({})],
    ['a commit that adds', () => member(adding(published))],
    ['a commit without path', () => member({ ...adding(published), path: false })],
    ['a commit that removes', () => member({ proposals: [remove(5)], edit: without(5) })],
    ['an external commit', () => external({})],
  ])('is taken: %s', async (_what, make) => {
    expect(accepted(await given(group, await make())).kind).toBe('stagedCommit');
  });
});

type Attack = [rule: MlsRule, what: string, make: () => Promise<Uint8Array>];

const commitAttacks: Attack[] = [
  [
    'MLS-6.1-02',
    'a commit whose confirmation tag is another',
    () => member({ confirmationTag: (tag) => tag.map((byte) => byte ^ 1) }),
  ],
  [
    'MLS-6.1-02',
    'an external commit whose tag is another',
    () => external({ confirmationTag: (tag) => tag.toReversed() }),
  ],
  [
    'MLS-6.1-02',
    'extensions that are not those of the proposals',
    () => member({ extensions: [], proposals: [externalPsk], path: false }),
  ],
  [
    'MLS-6.1-02',
    'a tree that is not what the proposals make',
    () =>
      member({
        edit: without(5),
        path: false,
        proposals: [externalPsk],
      }),
  ],
  [
    'MLS-5.3.1-01',
    'a path with another credential',
    () => member({ leaf: { credential: alice.credential } }),
  ],
  [
    'MLS-5.3.1-01',
    'an external commit that takes out a stranger',
    () => external({ external: (kem) => [init(kem), remove(0)], edit: without(0) }),
  ],
  [
    'MLS-7.3-05',
    'a path whose leaf says it comes from an Update',
    () => member({ leafSource: () => ({ kind: 'update' }) }),
  ],
  [
    'MLS-7.3-05',
    'a path whose leaf says it comes from a KeyPackage',
    () => member({ leafSource: () => ({ kind: 'keyPackage', lifetime: testLifetime }) }),
  ],
  [
    'MLS-7.3-01',
    'a path whose leaf is signed for another place',
    () => member({ leafPosition: { groupId: groupContext.groupId, leafIndex: 3 } }),
  ],
  [
    'MLS-7.3-01',
    'a path whose leaf is signed for another group',
    () => member({ leafPosition: { groupId: Uint8Array.of(1), leafIndex: 1 } }),
  ],
  [
    'MLS-7.3-07',
    'a path whose leaf key is that of another leaf',
    () => member({ leaf: { encryptionKey: state.tree.leaves[3]!.encryptionKey } }),
  ],
  [
    'MLS-7.3-07',
    'a path whose leaf key is that of a parent',
    () =>
      member({
        leaf: { encryptionKey: state.tree.parents[2]!.encryptionKey },
      }),
  ],
  [
    'MLS-7.3-07',
    'a path that has one key twice',
    () => member({ publicKeys: (keys) => keys.map(() => keys[0]!) }),
  ],
  [
    'MLS-7.3-07',
    'a path that has a leaf key for a node',
    () => member({ publicKeys: (keys) => [state.tree.leaves[6]!.encryptionKey, ...keys.slice(1)] }),
  ],
  [
    'MLS-7.3-08',
    'an external commit with the signature key of a member',
    () => forgeCommit(state, mallory.signer, { path: true, external: (kem) => [init(kem)] }),
  ],
  [
    'MLS-7.5-01',
    'a path that seals other secrets than its keys come from',
    () => member({ pathSecrets: (secrets) => secrets.map((secret) => secret.map((byte) => byte ^ 1)) }),
  ],
  [
    'MLS-7.5-02',
    'a path whose secrets do not open',
    () =>
      member({
        changePath: (path) => ({
          ...path,
          nodes: path.nodes.map((node) => ({
            ...node,
            encryptedPathSecrets: node.encryptedPathSecrets.map(({ enc, ciphertext }) => ({
              enc,
              ciphertext: ciphertext.toReversed(),
            })),
          })),
        }),
      }),
  ],
  [
    'MLS-7.5-02',
    'a path whose KEM outputs are cut short',
    () =>
      member({
        changePath: (path) => ({
          ...path,
          nodes: path.nodes.map((node) => ({
            ...node,
            encryptedPathSecrets: node.encryptedPathSecrets.map(({ enc, ciphertext }) => ({
              enc: enc.subarray(1),
              ciphertext,
            })),
          })),
        }),
      }),
  ],
  [
    'MLS-7.5-02',
    'a path whose KEM outputs are of low order',
    () =>
      member({
        changePath: (path) => ({
          ...path,
          nodes: path.nodes.map((node) => ({
            ...node,
            encryptedPathSecrets: node.encryptedPathSecrets.map(({ ciphertext }) => ({
              enc: lowOrder,
              ciphertext,
            })),
          })),
        }),
      }),
  ],
  [
    'MLS-7.5-03',
    'path secrets that are too short',
    () => member({ pathSecrets: (secrets) => secrets.map((secret) => secret.subarray(1)) }),
  ],
  [
    'MLS-7.5-03',
    'path secrets that are empty',
    () => member({ pathSecrets: (secrets) => secrets.map(() => new Uint8Array(0)) }),
  ],
  [
    'MLS-7.5-03',
    'path secrets that are too long',
    () => member({ pathSecrets: (secrets) => secrets.map(() => new Uint8Array(64)) }),
  ],
  [
    'MLS-7.6-01',
    'a path with a node too few',
    () => member({ changePath: (path) => ({ ...path, nodes: path.nodes.slice(1) }) }),
  ],
  [
    'MLS-7.6-01',
    'a path with a node too many',
    () => member({ changePath: (path) => ({ ...path, nodes: [...path.nodes, path.nodes[0]!] }) }),
  ],
  ['MLS-7.6-01', 'a path without nodes', () => member({ changePath: (path) => ({ ...path, nodes: [] }) })],
  [
    'MLS-7.6-02',
    'a path without ciphertexts',
    () =>
      member({
        changePath: (path) => ({
          ...path,
          nodes: path.nodes.map((node) => ({ ...node, encryptedPathSecrets: [] })),
        }),
      }),
  ],
  [
    'MLS-7.6-02',
    'a path with a ciphertext for one that was just added',
    () => member({ ...adding(published), edit: (tree) => adding(published).edit!(tree).slice(1) }),
  ],
  [
    'MLS-7.6-03',
    'a path with a key of low order',
    () => member({ publicKeys: (keys) => [lowOrder, ...keys.slice(1)] }),
  ],
  [
    'MLS-7.6-03',
    'a path with a key that is too long',
    () => member({ publicKeys: (keys) => [...keys.slice(0, -1), new Uint8Array(200_000).fill(1)] }),
  ],
  [
    'MLS-7.9-01',
    'a path with another parent hash',
    () => member({ leafSource: (parentHash) => ({ kind: 'commit', parentHash: parentHash.toReversed() }) }),
  ],
  [
    'MLS-7.9-01',
    'a path without parent hash',
    () => member({ leafSource: () => ({ kind: 'commit', parentHash: new Uint8Array(0) }) }),
  ],
  [
    'MLS-12.4.2-01',
    'a path that keeps the leaf key',
    () => member({ leaf: { encryptionKey: own.encryptionKey } }),
  ],
  ['MLS-12.4-02', 'an empty commit without path', () => member({ path: false })],
  [
    'MLS-12.4-02',
    'a Remove without path',
    () => member({ path: false, proposals: [remove(5)], edit: without(5) }),
  ],
  [
    'MLS-12.4-02',
    'GroupContextExtensions without path',
    () => member({ path: false, proposals: [gce([])], extensions: [] }),
  ],
  [
    'MLS-12.4-02',
    'an Add and a Remove without path',
    () =>
      member({
        ...adding(published),
        path: false,
        proposals: [{ kind: 'add', keyPackage: published }, remove(5)],
      }),
  ],
  ['MLS-12.1.3-01', 'a Remove of a blank leaf', () => member({ proposals: [remove(blankLeaf)] })],
  ['MLS-12.1.3-01', 'a Remove of a leaf outside the tree', () => member({ proposals: [remove(8)] })],
  ['MLS-12.1.3-01', 'a Remove of the last index there is', () => member({ proposals: [remove(0xffffffff)] })],
  ['MLS-12.1.5-01', 'a ReInit to an older version', () => member({ proposals: [reInit(0)] })],
  [
    'MLS-12.1.7-01',
    'extensions with one twice',
    () => member({ proposals: [gce([extension(0x0a0a), extension(0x0a0a)])] }),
  ],
  [
    'MLS-12.1.7-02',
    'a ratchet_tree in the GroupContext',
    () => member({ proposals: [gce([extension(extensionTypes.ratchetTree)])] }),
  ],
  [
    'MLS-12.1.7-02',
    'an external_pub in the GroupContext',
    () => member({ proposals: [gce([extension(extensionTypes.externalPub)])] }),
  ],
  [
    'MLS-12.1.7-02',
    'an application_id in the GroupContext',
    () => member({ proposals: [gce([extension(extensionTypes.applicationId)])] }),
  ],
  [
    'MLS-2.1-01',
    'required_capabilities cut short',
    () => member({ proposals: [gce([extension(extensionTypes.requiredCapabilities, Uint8Array.of(4, 0))])] }),
  ],
  [
    'MLS-2.1-02',
    'external_senders with a byte behind',
    () => member({ proposals: [gce([extension(extensionTypes.externalSenders, Uint8Array.of(0, 0))])] }),
  ],
  [
    'MLS-11.1-01',
    'an extension that not all members list',
    () => member({ proposals: [gce([extension(privateType)])], extensions: [extension(privateType)] }),
  ],
  [
    'MLS-11.1-01',
    'required extensions that not all members list',
    () =>
      member({
        proposals: [gce([required([privateType], [], [])])],
        extensions: [required([privateType], [], [])],
      }),
  ],
  [
    'MLS-11.1-02',
    'required proposals that not all members list',
    () =>
      member({
        proposals: [gce([required([], [privateType], [])])],
        extensions: [required([], [privateType], [])],
      }),
  ],
  [
    'MLS-7.3-09',
    'required credentials that not all members list',
    () => member({ proposals: [gce([required([], [], [2])])], extensions: [required([], [], [2])] }),
  ],
  [
    'MLS-8.4-01',
    'a pre-shared key with a short nonce',
    () =>
      member({
        proposals: [{ kind: 'psk', psk: { kind: 'external', pskId: nonce, nonce: nonce.subarray(1) } }],
      }),
  ],
  [
    'MLS-8.4-02',
    'a key for ReInit beyond the first commit',
    () => member({ proposals: [resumption('reinit')] }),
  ],
  [
    'MLS-8.4-02',
    'a key for a branch beyond the first commit',
    () => member({ proposals: [resumption('branch')] }),
  ],
  ['MLS-12.2-04', 'a pre-shared key twice', () => member({ proposals: [externalPsk, externalPsk] })],
  ['MLS-12.2-02', 'a Remove of the committer', () => member({ proposals: [remove(1)] })],
  [
    'MLS-12.2-03',
    'two Removes of a leaf',
    () => member({ proposals: [remove(5), remove(5)], edit: without(5) }),
  ],
  ['MLS-12.2-05', 'two lists of extensions', () => member({ proposals: [gce([]), gce([])], extensions: [] })],
  ['MLS-12.2-06', 'a ReInit beside a pre-shared key', () => member({ proposals: [reInit(1), externalPsk] })],
  ['MLS-12.2-06', 'two ReInits', () => member({ proposals: [reInit(1), reInit(1)] })],
  ['MLS-12.2-07', 'an ExternalInit of a member', () => member({ proposals: [init(nonce)] })],
  [
    'MLS-P-15',
    'more pre-shared keys than allowed',
    () =>
      member({
        proposals: Array.from(
          { length: 33 },
          (_, i) => ({ kind: 'psk', psk: { kind: 'external', pskId: Uint8Array.of(i), nonce } }) as const,
        ),
      }),
  ],
  [
    'MLS-P-02',
    'more proposals than allowed',
    () => member({ proposals: Array.from({ length: limits.maxProposals + 1 }, () => remove(0)) }),
  ],
  ['MLS-12.2-08', 'an external commit without ExternalInit', () => external({ external: () => [] })],
  [
    'MLS-12.2-08',
    'an external commit with two ExternalInits',
    () => external({ external: (kem) => [init(kem), init(kem)] }),
  ],
  [
    'MLS-12.2-09',
    'an external commit with two Removes',
    () => external({ external: (kem) => [init(kem), remove(0), remove(5)] }),
  ],
  [
    'MLS-12.2-10',
    'an external commit that adds',
    () => external({ external: (kem) => [init(kem), { kind: 'add', keyPackage: published }] }),
  ],
  [
    'MLS-12.2-10',
    'an external commit that changes extensions',
    () => external({ external: (kem) => [init(kem), gce([])] }),
  ],
  [
    'MLS-12.2-10',
    'an external commit with ReInit',
    () => external({ external: (kem) => [init(kem), reInit(1)] }),
  ],
  ['MLS-12.4.3.2-01', 'an external commit without path', () => external({ path: false })],
  [
    'MLS-12.4.3.2-02',
    'an external commit with a KEM output too short',
    () => external({ external: (kem) => [init(kem.subarray(1))] }),
  ],
  [
    'MLS-12.4.3.2-02',
    'an external commit with a KEM output of low order',
    () => external({ external: () => [init(lowOrder)] }),
  ],
  [
    'MLS-12.1.3-01',
    'an external commit that removes nobody',
    () => external({ external: (kem) => [init(kem), remove(99)] }),
  ],
  [
    'MLS-7.3-05',
    'an external commit whose leaf says it is from a KeyPackage',
    () => external({ leafSource: () => ({ kind: 'keyPackage', lifetime: testLifetime }) }),
  ],
  [
    'MLS-6-10',
    'a commit of an external sender',
    () => forgeCommit(state, outsider.signer, { path: true, sender: { kind: 'external', senderIndex: 0 } }),
  ],
  [
    'MLS-6-12',
    'a commit of a new member that proposes',
    () => forgeCommit(state, outsider.signer, { path: true, sender: { kind: 'newMemberProposal' } }),
  ],
];

describe('a commit is refused:', () => {
  it.each(commitAttacks)('%s: %s', async (rule, _what, make) => {
    await expectRefusedByAll(group, await make(), rule, known);
  });

  it('MLS-8.4-05: with a pre-shared key that is not known', async () => {
    await expectRefusedByAll(group, await member({ proposals: [externalPsk] }), 'MLS-8.4-05');
  });

  it('MLS-6.1-02: with a pre-shared key that is known as another', async () => {
    const id = { kind: 'external', pskId: Uint8Array.of(1), nonce } as const;
    const commit = await member({ proposals: [externalPsk], psks: [{ id, secret: Uint8Array.of(1) }] });
    await expectRefusedByAll(group, commit, 'MLS-6.1-02', known);
  });

  it('MLS-7.5-04: where we hold none of the keys it is for', async () => {
    const commit = await member({});
    for (const { active } of honest) {
      const robbed = { ...active, own: { ...active.own, privateKeys: new Map() } };
      expect(await unprotect(robbed, commit, policy)).toMatchObject({ rule: 'MLS-7.5-04' });
    }
  });

  it('MLS-8.1-01: where no epoch can follow', async () => {
    const atEnd = pretending(state, { epoch: 0xffffffffffffffffn });
    const commit = await forgeCommit(atEnd, mallory.signer, { path: true }).catch(() => null);
    expect(commit).not.toBeNull();
    for (const { active } of honest) {
      const late = pretending(active, { epoch: 0xffffffffffffffffn });
      expect(await unprotect(late, commit!, policy)).toMatchObject({ rule: 'MLS-8.1-01' });
    }
  });
});

describe('a commit by reference is refused:', () => {
  it('MLS-P-12: where the caller allows none', async () => {
    const { message, reference } = await stored(externalPsk);
    await expectRefusedByAll(group, message, 'MLS-P-12', { allowProposalReferences: false });
    const commit = await member({ references: [reference] });
    await expectRefusedByAll(group, commit, 'MLS-P-12', { allowProposalReferences: false });
  });

  it('MLS-12.4-03: to a proposal that nobody has', async () => {
    await expectRefusedByAll(group, await member({ references: [nonce] }), 'MLS-12.4-03');
  });

  it('MLS-12.2-11: by a joiner', async () => {
    const { message, reference } = await stored(externalPsk);
    await expectRefusedByAll(group, await external({ references: [reference] }), 'MLS-12.2-11', known, [
      message,
    ]);
  });

  it('MLS-12.2-01: with an Update of its committer', async () => {
    const { message, reference } = await stored({ kind: 'update', leafNode: await updateOf({}) });
    await expectRefusedByAll(group, await member({ references: [reference] }), 'MLS-12.2-01', {}, [message]);
    const byValue = await member({ proposals: [{ kind: 'update', leafNode: await updateOf({}) }] });
    await expectRefusedByAll(group, byValue, 'MLS-12.2-01');
  });

  it('MLS-12.2-03: with an Update and a Remove of one leaf', async () => {
    const { message, reference } = await stored(remove(3), outsider);
    const commit = await member({ proposals: [remove(3)], references: [reference] });
    await expectRefusedByAll(group, commit, 'MLS-12.2-03', {}, [message]);
  });

  it('MLS-12.2-02: with a Remove of its committer, proposed by another', async () => {
    const { message, reference } = await stored(remove(1), outsider);
    await expectRefusedByAll(group, await member({ references: [reference] }), 'MLS-12.2-02', {}, [message]);
  });

  it.each<[MlsRule, string, () => ReturnType<typeof updateOf>]>([
    ['MLS-7.3-04', 'that says it comes from a KeyPackage', () => updateOf({}, 'keyPackage')],
    ['MLS-7.3-06', 'that keeps its key', () => updateOf({ encryptionKey: own.encryptionKey })],
    ['MLS-5.3.1-01', 'with another credential', () => updateOf({ credential: outsider.credential })],
    [
      'MLS-7.3-07',
      'with the key of another',
      () => updateOf({ encryptionKey: state.tree.leaves[3]!.encryptionKey }),
    ],
  ])('%s: with an Update %s', async (rule, _what, make) => {
    const { message, reference } = await stored({ kind: 'update', leafNode: await make() });
    // The outsider commits: an Update by its own sender would be refused for that.
    const accomplice = honest.at(-1)!;
    const leafNode = await make();
    const commit = await forgeCommit(accomplice.active, accomplice.signer, {
      path: true,
      references: [reference],
      edit: (tree) => {
        tree.update(state.ownLeafIndex, leafNode);
        return [];
      },
    });
    const others: HostileGroup = { ...group, honest: honest.slice(0, -1) };
    await expectRefusedByAll(others, commit, rule, {}, [message]);
  });
});

describe('an Add is refused:', () => {
  const keysOf = async (changes: Parameters<typeof forgeKeyPackage>[2]) =>
    forgeKeyPackage(joiner.signer, published, changes);
  const leafOf = (changes: Parameters<typeof forgeLeaf>[3], source = published.leafNode.source) =>
    forgeLeaf(suite, joiner.signer, published.leafNode, changes, source, {
      groupId: testGroupId,
      leafIndex: 0,
    });
  const seconds = BigInt(testNowMs / 1000);
  const lifetime = (notBefore: bigint, notAfter: bigint) =>
    ({ kind: 'keyPackage', lifetime: { notBefore, notAfter } }) as const;
  const capabilities = defaultCapabilities(suite);
  const certificate = { kind: 'x509', certificates: [Uint8Array.of(1)] } as const;

  it.each<[MlsRule, string, () => Promise<typeof published>]>([
    ['MLS-10.1-01', 'of another version', () => keysOf({ version: 2 })],
    ['MLS-10.1-02', 'of another suite', () => keysOf({ cipherSuite: 1 })],
    [
      'MLS-10.1-03',
      'with a leaf from an Update',
      async () => keysOf({ leafNode: await leafOf({}, { kind: 'update' }) }),
    ],
    ['MLS-10.1-04', 'with one key for both', () => keysOf({ initKey: published.leafNode.encryptionKey })],
    ['MLS-10.1-05', 'with an init key of low order', () => keysOf({ initKey: lowOrder })],
    ['MLS-10.1-05', 'with an init key that is too short', () => keysOf({ initKey: someKey.subarray(1) })],
    [
      'MLS-10.1-06',
      'with an extension twice',
      () => keysOf({ extensions: [extension(0x0a0a), extension(0x0a0a)] }),
    ],
    ['MLS-10.1-07', 'that nobody signed', () => keysOf({ signature: new Uint8Array(64) })],
    ['MLS-10.1-07', 'with a signature that is too long', () => keysOf({ signature: new Uint8Array(65) })],
    [
      'MLS-7.2-02',
      'that has expired',
      async () => keysOf({ leafNode: await leafOf({}, lifetime(seconds - 900_000n, seconds - 90_000n)) }),
    ],
    [
      'MLS-7.2-02',
      'that is not valid yet',
      async () => keysOf({ leafNode: await leafOf({}, lifetime(seconds + 90_000n, seconds + 900_000n)) }),
    ],
    [
      'MLS-7.2-02',
      'whose lifetime ends before it begins',
      async () => keysOf({ leafNode: await leafOf({}, lifetime(seconds + 100n, seconds)) }),
    ],
    [
      'MLS-7.2-03',
      'that lives too long',
      async () => keysOf({ leafNode: await leafOf({}, lifetime(seconds, seconds + 401n * 86_400n)) }),
    ],
    [
      'MLS-7.2-03',
      'that lives forever',
      async () => keysOf({ leafNode: await leafOf({}, lifetime(0n, 0xffffffffffffffffn)) }),
    ],
    [
      'MLS-7.2-04',
      'whose leaf does not list the version',
      async () => keysOf({ leafNode: await leafOf({ capabilities: { ...capabilities, versions: [2] } }) }),
    ],
    [
      'MLS-7.2-05',
      'whose leaf does not list the suite',
      async () => keysOf({ leafNode: await leafOf({ capabilities: { ...capabilities, cipherSuites: [] } }) }),
    ],
    [
      'MLS-7.2-06',
      'whose leaf does not list its credential',
      async () => keysOf({ leafNode: await leafOf({ credential: certificate }) }),
    ],
    [
      'MLS-7.2-07',
      'whose leaf does not list its extension',
      async () => keysOf({ leafNode: await leafOf({ extensions: [extension(privateType)] }) }),
    ],
    [
      'MLS-7.2-08',
      'whose leaf has an extension twice',
      async () => keysOf({ leafNode: await leafOf({ extensions: [extension(1), extension(1)] }) }),
    ],
    [
      'MLS-7.3-01',
      'whose leaf nobody signed',
      async () => keysOf({ leafNode: await leafOf({ signature: new Uint8Array(64) }) }),
    ],
    [
      'MLS-7.3-02',
      'whose leaf has a short signature key',
      async () => keysOf({ leafNode: await leafOf({ signatureKey: new Uint8Array(31) }) }),
    ],
    [
      'MLS-7.3-02',
      'whose leaf has a huge signature key',
      async () => keysOf({ leafNode: await leafOf({ signatureKey: new Uint8Array(300_000) }) }),
    ],
    [
      'MLS-7.3-03',
      'whose leaf has a key of low order',
      async () => keysOf({ leafNode: await leafOf({ encryptionKey: lowOrder }) }),
    ],
    [
      'MLS-7.3-03',
      'whose leaf has a huge key',
      async () => keysOf({ leafNode: await leafOf({ encryptionKey: new Uint8Array(300_000).fill(1) }) }),
    ],
    [
      'MLS-7.3-07',
      'with the leaf key of a member',
      async () => keysOf({ leafNode: await leafOf({ encryptionKey: state.tree.leaves[3]!.encryptionKey }) }),
    ],
    [
      'MLS-7.3-09',
      'with a credential that not all list',
      async () =>
        keysOf({
          leafNode: await leafOf({
            credential: certificate,
            capabilities: { ...capabilities, credentials: [1, 2] },
          }),
        }),
    ],
    [
      'MLS-7.3-09',
      'that does not list what others have',
      async () =>
        keysOf({
          leafNode: await leafOf({
            credential: certificate,
            capabilities: { ...capabilities, credentials: [2] },
          }),
        }),
    ],
  ])('%s: of a KeyPackage %s', async (rule, _what, make) => {
    await expectRefusedByAll(group, await member(adding(await make())), rule);
  });

  it('MLS-7.3-08: of a KeyPackage with the signature key of a member, or of another in the commit', async () => {
    const { credential } = mallory;
    const again = await createKeyPackage(suite, mallory.signer, { credential, lifetime: testLifetime });
    await expectRefusedByAll(group, await member(adding(again.keyPackage)), 'MLS-7.3-08');
    const second = (await joiner.publish()).keyPackage;
    const both = await member({
      proposals: [published, second].map((keyPackage) => ({ kind: 'add', keyPackage }) as const),
      edit: (tree) => [tree.add(published.leafNode), tree.add(second.leafNode)],
    });
    await expectRefusedByAll(group, both, 'MLS-7.3-08');
  });

  it('MLS-7.3-07: of one KeyPackage twice', async () => {
    const add = { kind: 'add', keyPackage: published } as const;
    const twice = await member({
      proposals: [add, add],
      edit: (tree) => [tree.add(published.leafNode), tree.add(published.leafNode)],
    });
    await expectRefusedByAll(group, twice, 'MLS-7.3-07');
  });
});

describe('a leaf in a path is refused:', () => {
  const capabilities = defaultCapabilities(suite);
  it.each<[MlsRule, string, Parameters<typeof forgeLeaf>[3]]>([
    ['MLS-7.2-04', 'that does not list the version', { capabilities: { ...capabilities, versions: [] } }],
    ['MLS-7.2-05', 'that does not list the suite', { capabilities: { ...capabilities, cipherSuites: [1] } }],
    [
      'MLS-7.2-06',
      'that does not list its credential',
      { capabilities: { ...capabilities, credentials: [2] } },
    ],
    ['MLS-7.2-07', 'that does not list its extension', { extensions: [extension(privateType)] }],
    ['MLS-7.2-08', 'with an extension twice', { extensions: [extension(1), extension(1)] }],
    ['MLS-7.3-01', 'that nobody signed', { signature: new Uint8Array(64) }],
    ['MLS-7.3-02', 'with a signature key of another size', { signatureKey: new Uint8Array(33) }],
    ['MLS-7.3-01', 'with a signature key it does not hold', { signatureKey: outsider.signer.publicKey }],
    ['MLS-7.3-03', 'with a key of low order', { encryptionKey: lowOrder }],
    ['MLS-7.3-03', 'with a key of another size', { encryptionKey: new Uint8Array(1184) }],
  ])('%s: %s', async (rule, _what, leaf) => {
    await expectRefusedByAll(group, await member({ leaf }), rule);
  });
});

describe('a proposal is refused:', () => {
  it.each<[MlsRule, string, () => Promise<Uint8Array>]>([
    [
      'MLS-12.1.8-01',
      'ExternalInit of a member',
      () => forgeMessage(state, mallory.signer, { kind: 'proposal', proposal: init(nonce) }),
    ],
    [
      'MLS-12.1.8-02',
      'Update of an external sender',
      async () =>
        forgeMessage(
          state,
          outsider.signer,
          { kind: 'proposal', proposal: { kind: 'update', leafNode: await updateOf({}) } },
          { kind: 'external', senderIndex: 0 },
        ),
    ],
    [
      'MLS-12.1.8-02',
      'ExternalInit of an external sender',
      () =>
        forgeMessage(
          state,
          outsider.signer,
          { kind: 'proposal', proposal: init(nonce) },
          { kind: 'external', senderIndex: 0 },
        ),
    ],
    [
      'MLS-6-11',
      'of an external sender that is not listed',
      () =>
        forgeMessage(
          state,
          outsider.signer,
          { kind: 'proposal', proposal: remove(0) },
          { kind: 'external', senderIndex: 1 },
        ),
    ],
    [
      'MLS-6-11',
      'of an external sender far outside the list',
      () =>
        forgeMessage(
          state,
          outsider.signer,
          { kind: 'proposal', proposal: remove(0) },
          { kind: 'external', senderIndex: 0xffffffff },
        ),
    ],
    [
      'MLS-6.1-01',
      'of an external sender signed by another',
      () =>
        forgeMessage(
          state,
          mallory.signer,
          { kind: 'proposal', proposal: remove(0) },
          { kind: 'external', senderIndex: 0 },
        ),
    ],
    [
      'MLS-6-12',
      'Remove of a new member',
      () =>
        forgeMessage(
          state,
          outsider.signer,
          { kind: 'proposal', proposal: remove(0) },
          { kind: 'newMemberProposal' },
        ),
    ],
    [
      'MLS-6-13',
      'of a new member that commits',
      () =>
        forgeMessage(
          state,
          outsider.signer,
          { kind: 'proposal', proposal: remove(0) },
          { kind: 'newMemberCommit' },
        ),
    ],
    [
      'MLS-6.1-01',
      'Add of a new member signed by another',
      () =>
        forgeMessage(
          state,
          mallory.signer,
          { kind: 'proposal', proposal: { kind: 'add', keyPackage: published } },
          { kind: 'newMemberProposal' },
        ),
    ],
  ])('%s: %s', async (rule, _what, make) => {
    await expectRefusedByAll(group, await make(), rule);
  });

  it('MLS-P-18: that was stored before', async () => {
    const { message } = await stored(externalPsk);
    await expectRefusedByAll(group, message, 'MLS-P-18', {}, [message]);
  });

  it('MLS-P-14: beyond as many as are stored', async () => {
    const first = [];
    for (let i = 0; i <= limits.maxStoredProposals; i++) {
      const psk = { kind: 'external', pskId: Uint8Array.of(i >> 8, i), nonce } as const;
      first.push((await stored({ kind: 'psk', psk })).message);
    }
    const [device] = honest;
    const message = first.pop()!;
    await expectRefusedByAll({ ...group, honest: [device!] }, message, 'MLS-P-14', {}, first);
  });

  it('MLS-11.2-11: after a ReInit, as is everything else', async () => {
    const commit = await member({ proposals: [reInit(1)], path: false });
    for (const { active } of honest) {
      const staged = await unprotect(active, commit, policy);
      if (staged.kind !== 'stagedCommit' || staged.next.kind !== 'active') throw new Error('not staged');
      const closed = staged.next;
      const head = { epoch: closed.groupContext.epoch };
      const later = { ...pretending(state, head), own: { ...closed.own } };
      for (const content of [
        { kind: 'proposal', proposal: remove(0) },
        { kind: 'commit', commit: { proposals: [], path: null } },
      ] as const) {
        const message = await forgeMessage(later, mallory.signer, content);
        expect(await unprotect(closed, message, policy)).toMatchObject({ rule: 'MLS-11.2-11' });
      }
    }
  });
});

describe('a message is refused:', () => {
  const proposal = { kind: 'proposal', proposal: externalPsk } as const;
  it.each<[MlsRule, string, () => Promise<Uint8Array>]>([
    [
      'MLS-6-06',
      'of another group',
      () => forgeMessage(pretending(state, { groupId: Uint8Array.of(1) }), mallory.signer, proposal),
    ],
    [
      'MLS-6-07',
      'of the epoch before',
      () => forgeMessage(pretending(state, { epoch: groupContext.epoch - 1n }), mallory.signer, proposal),
    ],
    [
      'MLS-6-08',
      'of the epoch after',
      () => forgeMessage(pretending(state, { epoch: groupContext.epoch + 1n }), mallory.signer, proposal),
    ],
    [
      'MLS-6-08',
      'of the last epoch there is',
      () => forgeMessage(pretending(state, { epoch: 0xffffffffffffffffn }), mallory.signer, proposal),
    ],
    [
      'MLS-6-09',
      'of a blank leaf',
      () => forgeMessage(state, mallory.signer, proposal, { kind: 'member', leafIndex: blankLeaf }),
    ],
    [
      'MLS-6-09',
      'of a leaf outside the tree',
      () => forgeMessage(state, mallory.signer, proposal, { kind: 'member', leafIndex: 0x80000001 }),
    ],
    ['MLS-6.1-01', 'in the name of another member', () => forgeMessage(state, outsider.signer, proposal)],
    [
      'MLS-6.2-01',
      'with a membership tag made without the key',
      () =>
        forgeMessage(
          { ...state, own: { ...state.own, secrets: { ...state.own.secrets, membershipKey: nonce } } },
          mallory.signer,
          proposal,
        ),
    ],
    [
      'MLS-6.2-02',
      'that shows application data',
      () => forgeMessage(state, mallory.signer, { kind: 'application', data: nonce }),
    ],
    [
      'MLS-6-03',
      'that is a KeyPackage',
      async () => encodeMlsMessage({ kind: 'keyPackage', keyPackage: published }),
    ],
    ['MLS-6-03', 'that is a GroupInfo', async () => group.last.groupInfo],
  ])('%s: %s', async (rule, _what, make) => {
    await expectRefusedByAll(group, await make(), rule);
  });

  it('MLS-6.1-01: in the name of another, with the right tag', async () => {
    const sender = { kind: 'member', leafIndex: alice.active.ownLeafIndex } as const;
    const message = await forgeMessage(state, mallory.signer, proposal, sender);
    await expectRefusedByAll({ ...group, honest: honest.slice(1) }, message, 'MLS-6.1-01');
  });

  it('MLS-6.1-01: that was signed to be sent as PrivateMessage', async () => {
    const format = wireFormats.privateMessage;
    const message = await forgeMessage(state, mallory.signer, proposal, undefined, format);
    await expectRefusedByAll(group, message, 'MLS-6.1-01');
  });

  it('MLS-P-03: that is our own', async () => {
    for (const device of honest) {
      const message = await forgeMessage(device.active, device.signer, proposal);
      await expectRefusedByAll({ ...group, honest: [device] }, message, 'MLS-P-03');
    }
  });
});
