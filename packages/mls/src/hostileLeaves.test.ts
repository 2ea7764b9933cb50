import { describe, it } from 'vitest';
import { createKeyPackage, defaultCapabilities, type MlsRule } from './index.ts';
import { testGroupId, testLifetime, testNowMs } from './testing/device.ts';
import { forgeKeyPackage, forgeLeaf } from './testing/forgeLeaf.ts';
import { expectRefusedByAll, hostileSuite as suite } from './testing/hostileGroup.ts';
import {
  adding,
  extension,
  group,
  joiner,
  lowOrder,
  mallory,
  member,
  outsider,
  privateType,
  published,
  someKey,
  state,
} from './testing/hostileMember.ts';

/**
 * KeyPackages and leaves that a malicious member brings into a group, signed correctly, that break one rule of
 * spec/mls.md each.
 */

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
