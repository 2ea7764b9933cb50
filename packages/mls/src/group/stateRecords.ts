import { type CipherSuite, equalBytes } from '@sotto/primitives';
import { decodeWith } from '../codec/reader.ts';
import { encodeWith, Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { asRefusal, DecodeError, ensure, type Refused } from '../refusal.ts';
import { readGroupContext } from '../structs/groupContext.ts';
import { type LeafNode, readLeafNode, writeLeafNode } from '../structs/leafNode.ts';
import { type ParentNode, readParentNode, writeParentNode } from '../structs/parentNode.ts';
import { leafAt, parentAt, type RatchetTree } from '../tree/ratchetTree.ts';
import { isLeafCount, isLeafNode, nodeCount, parentOf, rootOf } from '../tree/treeMath.ts';
import { checkUsable } from './epoch.ts';
import { putSecretTree, readSecretTree } from './secretRecords.ts';
import { sections } from './stateDelta.ts';
import {
  readEpochCore,
  readReInit,
  readStoredProposal,
  stateOfParts,
  stateVersion,
  writeEpochCore,
  writeReInit,
  writeStoredProposal,
} from './stateParts.ts';
import type { GroupState, StateDelta, StateRecord, StateRecordKey, StateSection } from './types.ts';

/**
 * A state for storage in records, so that a step writes what it has changed and nothing else (spec/mls.md,
 * "Storage"). Invariant: the records after any history of deltas are those of the last state written whole.
 */

/** Records of the section `core`. */
const coreRecords = { context: 0, epoch: 1 } as const;

/** A delta in the making. */
interface DeltaDraft {
  readonly clear: StateSection[];
  readonly remove: StateRecordKey[];
  readonly put: StateRecord[];
}

function putContext(draft: DeltaDraft, state: GroupState): void {
  const { groupContextBytes } = state.own.frame;
  const writer = new Writer(512).u8(stateVersion).opaque(groupContextBytes).u32(state.tree.leafCount);
  draft.put.push({ section: 'core', index: coreRecords.context, value: writer.finish() });
}

function putEpoch(draft: DeltaDraft, state: GroupState): void {
  const writer = new Writer(1024);
  writeEpochCore(writer, state);
  writeReInit(writer, state.own.reInit);
  draft.put.push({ section: 'core', index: coreRecords.epoch, value: writer.finish() });
}

function nodeAt(tree: RatchetTree, node: number): LeafNode | ParentNode | null {
  return isLeafNode(node) ? leafAt(tree, node >> 1) : parentAt(tree, node);
}

function encodeNode(tree: RatchetTree, node: number): Uint8Array | null {
  if (isLeafNode(node)) {
    const leaf = leafAt(tree, node >> 1);
    return leaf && encodeWith(leaf, writeLeafNode, 2048);
  }
  const parent = parentAt(tree, node);
  return parent && encodeWith(parent, writeParentNode, 2048);
}

function putTree(draft: DeltaDraft, previous: RatchetTree | null, next: RatchetTree): void {
  const count = nodeCount(Math.max(previous?.leafCount ?? 1, next.leafCount));
  for (let node = 0; node < count; node++) {
    const before = previous && nodeAt(previous, node);
    const after = nodeAt(next, node);
    if (before === after) continue;
    if (after === null) {
      draft.remove.push({ section: 'tree', index: node });
      continue;
    }
    const value = encodeNode(next, node)!;
    // A state that was read from storage has other objects for the same nodes.
    const known = previous && before ? encodeNode(previous, node) : null;
    if (known === null || !equalBytes(known, value)) draft.put.push({ section: 'tree', index: node, value });
  }
}

function putProposals(draft: DeltaDraft, previous: GroupState | null, next: GroupState): void {
  const before = previous?.own.storedProposals ?? [];
  const after = next.own.storedProposals;
  const goesOn = before.every((stored, i) => stored === after[i]);
  if (!goesOn) draft.clear.push('proposals');
  for (let index = goesOn ? before.length : 0; index < after.length; index++) {
    const value = encodeWith(after[index]!, writeStoredProposal, 2048);
    draft.put.push({ section: 'proposals', index, value });
  }
}

/**
 * What storage must change for `next` to be stored where `previous` is; null where nothing is, or another group.
 * Apply it in one transaction: `clear`, then `remove`, then `put`. Its values are secret but for the section `tree`.
 */
export function stateDelta(previous: GroupState | null, next: GroupState): StateDelta {
  checkUsable(next);
  const draft: DeltaDraft = { clear: previous === null ? [...sections] : [], remove: [], put: [] };
  const before = previous?.own ?? null;
  const { own } = next;
  if (before?.frame !== own.frame || previous?.tree.leafCount !== next.tree.leafCount)
    putContext(draft, next);
  const isSameEpoch = before?.secrets === own.secrets;
  if (!isSameEpoch || before?.privateKeys !== own.privateKeys || before.reInit !== own.reInit) {
    putEpoch(draft, next);
  }
  if (previous?.tree !== next.tree) putTree(draft, previous?.tree ?? null, next.tree);
  if (!isSameEpoch && previous !== null) draft.clear.push('secrets');
  putSecretTree(draft, isSameEpoch && before ? before.secretTree : null, own.secretTree);
  putProposals(draft, previous, next);
  return draft;
}

interface SortedRecords {
  readonly core: Map<number, Uint8Array>;
  readonly tree: Map<number, Uint8Array>;
  readonly secrets: Map<number, Uint8Array>;
  readonly proposals: Map<number, Uint8Array>;
}

function sortRecords(records: Iterable<StateRecord>): SortedRecords {
  const sorted: SortedRecords = {
    core: new Map(),
    tree: new Map(),
    secrets: new Map(),
    proposals: new Map(),
  };
  for (const { section, index, value } of records) sorted[section].set(index, value);
  return sorted;
}

function required(records: ReadonlyMap<number, Uint8Array>, index: number): Uint8Array {
  const value = records.get(index);
  if (value === undefined) throw new DecodeError('MLS-P-16');
  return value;
}

/** `base` with its nodes replaced by those in `changed` and blanked where `removed`, sharing the rest. */
function changedTree(
  base: RatchetTree | null,
  leafCount: number,
  changed: ReadonlyMap<number, Uint8Array>,
  removed: readonly number[],
): RatchetTree {
  const leaves: (LeafNode | null)[] = Array.from({ length: leafCount }, (_, i) => base?.leaves[i] ?? null);
  const parents: (ParentNode | null)[] = Array.from(
    { length: leafCount - 1 },
    (_, i) => base?.parents[i] ?? null,
  );
  const hashes = base?.hashes.slice(0, nodeCount(leafCount)) ?? [];
  const forget = (node: number): void => {
    hashes[node] = undefined;
    for (let at = node; at !== rootOf(leafCount); ) {
      at = parentOf(at);
      hashes[at] = undefined;
    }
  };
  for (const node of removed) {
    if (node >= nodeCount(leafCount)) continue;
    if (isLeafNode(node)) leaves[node >> 1] = null;
    else parents[node >> 1] = null;
    forget(node);
  }
  for (const [node, value] of changed) {
    if (!(node >= 0 && node < nodeCount(leafCount))) throw new DecodeError('MLS-P-16');
    if (isLeafNode(node)) leaves[node >> 1] = decodeWith(value, readLeafNode);
    else parents[node >> 1] = decodeWith(value, readParentNode);
    forget(node);
  }
  return { leafCount, leaves, parents, hashes, keyStarts: { known: null } };
}

function buildState(
  suite: CipherSuite,
  records: SortedRecords,
  base: RatchetTree | null,
  removed: readonly number[],
): GroupState {
  const { groupContext, leafCount } = decodeWith(required(records.core, coreRecords.context), (reader) => {
    if (reader.u8() !== stateVersion) throw new DecodeError('MLS-P-16');
    return { groupContext: decodeWith(reader.opaque(), readGroupContext), leafCount: reader.u32() };
  });
  ensure(groupContext.cipherSuite === suite.id, 'MLS-P-17');
  if (!isLeafCount(leafCount, limits.maxTreeLeaves)) throw new DecodeError('MLS-P-16');
  const tree = changedTree(base, leafCount, records.tree, removed);
  const { core, reInit } = decodeWith(required(records.core, coreRecords.epoch), (reader) => {
    const read = readEpochCore(reader, suite, groupContext, tree);
    return { core: read, reInit: readReInit(reader) };
  });
  const secretTree = readSecretTree(records.secrets, leafCount, suite.kdf.size);
  if (records.proposals.size > limits.maxStoredProposals) throw new DecodeError('MLS-P-16');
  const storedProposals = Array.from({ length: records.proposals.size }, (_, i) =>
    decodeWith(required(records.proposals, i), readStoredProposal),
  );
  return stateOfParts(suite, groupContext, tree, core, secretTree, storedProposals, reInit);
}

/** Reads a state from all its records. They are trusted to be the engine's own. */
export function decodeStateRecords(suite: CipherSuite, records: Iterable<StateRecord>): GroupState | Refused {
  try {
    return buildState(suite, sortRecords(records), null, []);
  } catch (error) {
    return asRefusal(error);
  }
}

/** The state that a delta of another epoch leads to from `base`; it shares the nodes that stay. */
export function stateAfter(base: GroupState, delta: StateDelta): GroupState {
  const removed = delta.remove.filter(({ section }) => section === 'tree').map(({ index }) => index);
  return buildState(base.suite, sortRecords(delta.put), base.tree, removed);
}
