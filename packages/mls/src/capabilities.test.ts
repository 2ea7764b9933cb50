import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeWith } from './codec/reader.ts';
import { encodeWith } from './codec/writer.ts';
import { areCapabilitiesAsBefore } from './group/checkAppliedTree.ts';
import { checkGroupCapabilities } from './group/leafChecks.ts';
import { extensionTypes } from './index.ts';
import {
  type Capabilities,
  readRequiredCapabilities,
  writeRequiredCapabilities,
} from './structs/capabilities.ts';
import type { Extension } from './structs/extension.ts';
import type { LeafNode } from './structs/leafNode.ts';
import { singleLeafTree, TreeEditor } from './tree/ratchetTree.ts';

/** What a commit may leave unasked of members (spec/mls.md). */

const noBytes = new Uint8Array(0);

type Lists = Pick<Capabilities, 'extensions' | 'proposals' | 'credentials'>;

function leafOf(kind: 'basic' | 'x509', lists: Lists): LeafNode {
  return {
    encryptionKey: noBytes,
    signatureKey: noBytes,
    credential: kind === 'basic' ? { kind, identity: noBytes } : { kind, certificates: [] },
    capabilities: { versions: [1], cipherSuites: [1], ...lists },
    source: { kind: 'update' },
    extensions: [],
    signature: noBytes,
  };
}

function required(lists: Lists): Extension {
  return { type: extensionTypes.requiredCapabilities, data: encodeWith(lists, writeRequiredCapabilities) };
}

/** All of `known`, most often, or some of it in any order and number. */
function listOf(...known: number[]) {
  const some = fc.array(fc.constantFrom(...known), { maxLength: 3 });
  return fc.oneof({ weight: 4, arbitrary: fc.constant(known) }, { weight: 1, arbitrary: some });
}

const types = fc.array(fc.constantFrom(0xf001, 0xf002), { maxLength: 1 });
const lists = fc.record({
  extensions: listOf(0xf001, 0xf002),
  proposals: listOf(0xf001, 0xf002),
  credentials: listOf(1, 2),
});
const needs = fc.record({
  extensions: types,
  proposals: types,
  credentials: fc.array(fc.constantFrom(1, 2), { maxLength: 1 }),
});
const leaves = fc.tuple(fc.constantFrom('basic', 'x509'), lists).map(([kind, each]) => leafOf(kind, each));
const groupExtensions = fc
  .tuple(needs, types)
  .map(([needed, used]) => [
    required(needed),
    ...[...new Set(used)].map((type) => ({ type, data: noBytes })),
  ]);
const changes = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('set' as const), at: fc.nat(7), leaf: leaves }),
    fc.record({ kind: fc.constant('add' as const), leaf: leaves }),
    fc.record({ kind: fc.constant('remove' as const), at: fc.nat(7) }),
  ),
  { maxLength: 3 },
);

function holds(tree: TreeEditor, extensions: readonly Extension[]): boolean {
  try {
    checkGroupCapabilities(tree, extensions);
    return true;
  } catch {
    return false;
  }
}

describe('capabilities of a group', () => {
  it('hold after a commit of which nothing was asked but the leaves that came', () => {
    let unasked = 0;
    fc.assert(
      fc.property(
        fc.array(leaves, { minLength: 1, maxLength: 6 }),
        groupExtensions,
        changes,
        (members, extensions, commit) => {
          const before = new TreeEditor(singleLeafTree(members[0]!));
          for (const leaf of members.slice(1)) before.add(leaf);
          fc.pre(holds(before, extensions));
          const tree = new TreeEditor(before.finish());
          const came = new Set<number>();
          for (const change of commit) {
            if (change.kind === 'add') came.add(tree.add(change.leaf));
            else if (change.at < tree.leafCount && tree.leaves[change.at]) {
              tree.setLeaf(change.at, change.kind === 'set' ? change.leaf : null);
              if (change.kind === 'set') came.add(change.at);
              else came.delete(change.at);
            }
          }
          if (!areCapabilitiesAsBefore({ before, tree, extensionsChanged: false }, [...came])) return;
          if (came.size > 0) unasked++;
          expect(holds(tree, extensions)).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
    expect(unasked).toBeGreaterThan(50);
  });

  it('are asked of all where the extensions change, or a leaf lists less or has another credential', () => {
    const all = { extensions: [0xf001], proposals: [0xf002], credentials: [1, 2] };
    const before = new TreeEditor(singleLeafTree(leafOf('basic', all)));
    const asBefore = (leaf: LeafNode, extensionsChanged = false) => {
      const tree = new TreeEditor(before.finish());
      tree.setLeaf(0, leaf);
      return areCapabilitiesAsBefore({ before, tree, extensionsChanged }, [0]);
    };
    expect(asBefore(leafOf('basic', all))).toBe(true);
    expect(asBefore(leafOf('basic', all), true)).toBe(false);
    expect(asBefore(leafOf('x509', all))).toBe(false);
    expect(asBefore(leafOf('basic', { ...all, extensions: [] }))).toBe(false);
    expect(asBefore(leafOf('basic', { ...all, proposals: [0xf001] }))).toBe(false);
    expect(asBefore(leafOf('basic', { ...all, credentials: [1] }))).toBe(false);
  });

  it('are compared in time that grows with the lists, not with their product', () => {
    const half = 200_000;
    const long = [...new Array<number>(half).fill(0xf001), ...new Array<number>(half).fill(0xf002)];
    const leaf = leafOf('basic', { extensions: long, proposals: [], credentials: [1] });
    const tree = new TreeEditor(singleLeafTree(leaf));
    const needed = { extensions: long.slice(half), proposals: [], credentials: [] };
    expect(holds(tree, [required(needed)])).toBe(true);
    expect(areCapabilitiesAsBefore({ before: tree, tree, extensionsChanged: false }, [0])).toBe(true);
  });

  it('are lists of whole numbers: half of one is refused', () => {
    const read = (...given: number[]) => decodeWith(Uint8Array.from(given), readRequiredCapabilities);
    expect(read(4, 0xf0, 1, 0xf0, 2, 0, 2, 0, 1)).toEqual({
      extensions: [0xf001, 0xf002],
      proposals: [],
      credentials: [1],
    });
    for (const cut of [
      [3, 0xf0, 1, 0xf0, 0, 0],
      [1, 0xf0, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 4, 0, 1],
    ]) {
      expect(() => read(...cut)).toThrow(expect.objectContaining({ rule: 'MLS-2.1-01' }));
    }
  });
});
