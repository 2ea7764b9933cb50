/** Commits that every member must refuse. Over 400 lines, because all attacks are on the same group. */
import { describe, expect, it } from 'vitest';
import { extensionTypes, limits, type MlsRule, unprotect } from './index.ts';
import { accepted } from './testing/bytes.ts';
import { policy, testLifetime } from './testing/device.ts';
import { forgeCommit, pretending } from './testing/forge.ts';
import { expectRefusedByAll, given } from './testing/hostileGroup.ts';
import {
  adding,
  alice,
  blankLeaf,
  extension,
  external,
  externalPsk,
  gce,
  group,
  groupContext,
  honest,
  init,
  known,
  lowOrder,
  mallory,
  member,
  nonce,
  outsider,
  own,
  privateType,
  published,
  reInit,
  remove,
  required,
  resumption,
  state,
  without,
} from './testing/hostileMember.ts';

/**
 * Commits of a malicious member that holds all its keys: each is signed, tagged and encrypted as it should be, breaks one
 * rule of spec/mls.md, and is refused for that rule by every honest member. One table, though long, so that it is seen to
 * be whole.
 */

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
