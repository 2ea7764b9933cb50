import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LeafNode } from './structs/leafNode.ts';
import { areEncryptionKeysNew, areSignatureKeysNew } from './tree/keyUniqueness.ts';
import { encryptionKeys, filledLeaves, singleLeafTree, TreeEditor } from './tree/ratchetTree.ts';

/** New keys against all of a tree's, beside the plain comparison of each with each. Many keys begin alike. */

const keys = fc.tuple(fc.constantFrom(0, 7), fc.nat(1), fc.nat(5)).map((bytes) => Uint8Array.from(bytes));

function leafOf(encryptionKey: Uint8Array, signatureKey: Uint8Array): LeafNode {
  return {
    encryptionKey,
    signatureKey,
    credential: { kind: 'basic', identity: new Uint8Array(0) },
    capabilities: { versions: [], cipherSuites: [], extensions: [], proposals: [], credentials: [] },
    source: { kind: 'update' },
    extensions: [],
    signature: new Uint8Array(0),
  };
}

function areElsewhere(places: ReadonlySet<number>, all: readonly (readonly [number, Uint8Array])[]): boolean {
  return all.some(
    ([at, key]) => places.has(at) && all.some(([other, same]) => other !== at && `${same}` === `${key}`),
  );
}

it('finds a new key that stands elsewhere, and only such', () => {
  const found = { yes: 0, no: 0 };
  fc.assert(
    fc.property(
      fc.array(fc.tuple(keys, keys), { minLength: 1, maxLength: 4 }),
      fc.array(keys, { maxLength: 3 }),
      fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 4 }),
      (leafKeys, parentKeys, chosen) => {
        const [first, ...others] = leafKeys.map(([encryption, signature]) => leafOf(encryption, signature));
        const tree = new TreeEditor(singleLeafTree(first!));
        for (const leaf of others) tree.add(leaf);
        for (const [i, encryptionKey] of parentKeys.slice(0, tree.leafCount - 1).entries()) {
          tree.setParent(2 * i + 1, { encryptionKey, parentHash: new Uint8Array(0), unmergedLeaves: [] });
        }
        const encryption = [...encryptionKeys(tree)];
        const signature = Array.from(filledLeaves(tree), ([at, leaf]) => [at, leaf.signatureKey] as const);
        const nodes = new Set(chosen.filter((node) => encryption.some(([at]) => at === node)));
        const leaves = new Set(chosen.filter((leaf) => signature.some(([at]) => at === leaf)));
        expect(areEncryptionKeysNew(tree, nodes)).toBe(!areElsewhere(nodes, encryption));
        expect(areSignatureKeysNew(tree, leaves)).toBe(!areElsewhere(leaves, signature));
        found[areElsewhere(nodes, encryption) ? 'yes' : 'no']++;
      },
    ),
    { numRuns: 500 },
  );
  expect(Math.min(found.yes, found.no)).toBeGreaterThan(20);
});
