import { decodeWith } from '../codec/reader.ts';
import { encodeWith } from '../codec/writer.ts';
import { DecodeError } from '../refusal.ts';
import type { Ratchet, SecretNode, SecretTree } from '../schedule/secretTree.ts';
import { leftOf, rightOf, rootOf } from '../tree/treeMath.ts';
import { readRatchet, writeRatchet } from './stateParts.ts';
import type { StateRecord, StateRecordKey } from './types.ts';

/**
 * The secret tree in records: one for each secret that is held, at four times its node's index, and for a sender
 * heard one each for the handshake and the application ratchet, after that. A message thus rewrites its sender's
 * ratchet, and a sender's first message the nodes above it once.
 */
const section = 'secrets';
const places = { secret: 0, handshake: 1, application: 2 } as const;
const placesPerNode = 4;

interface Draft {
  readonly remove: StateRecordKey[];
  readonly put: StateRecord[];
}

function indexOf(node: number, place: keyof typeof places): number {
  return node * placesPerNode + places[place];
}

function putRatchet(draft: Draft, index: number, before: Ratchet | null, after: Ratchet): void {
  if (before === after) return;
  draft.put.push({ section, index, value: encodeWith(after, writeRatchet, 1024) });
}

function putNode(draft: Draft, before: SecretNode | null, after: SecretNode, node: number): void {
  if (before === after) return;
  const hadSecret = before?.kind === 'secret';
  if (hadSecret && after.kind !== 'secret') {
    draft.remove.push({ section, index: indexOf(node, 'secret') });
  }
  switch (after.kind) {
    case 'secret':
      draft.put.push({ section, index: indexOf(node, 'secret'), value: after.secret.slice() });
      return;
    case 'parent': {
      const parent = before?.kind === 'parent' ? before : null;
      putNode(draft, parent?.left ?? null, after.left, leftOf(node));
      putNode(draft, parent?.right ?? null, after.right, rightOf(node));
      return;
    }
    case 'leaf': {
      const leaf = before?.kind === 'leaf' ? before : null;
      putRatchet(draft, indexOf(node, 'handshake'), leaf?.handshake ?? null, after.handshake);
      putRatchet(draft, indexOf(node, 'application'), leaf?.application ?? null, after.application);
      return;
    }
  }
}

/** `before` is a tree of the same epoch, or null where the section is empty. Within an epoch nodes only open up. */
export function putSecretTree(draft: Draft, before: SecretTree | null, after: SecretTree): void {
  putNode(draft, before?.root ?? null, after.root, rootOf(after.leafCount));
}

export function readSecretTree(
  records: ReadonlyMap<number, Uint8Array>,
  leafCount: number,
  secretSizeBytes: number,
): SecretTree {
  const ratchet = (index: number): Ratchet => {
    const value = records.get(index);
    if (value === undefined) throw new DecodeError('MLS-P-16');
    return decodeWith(value, readRatchet);
  };
  const read = (node: number, count: number): SecretNode => {
    const secret = records.get(indexOf(node, 'secret'));
    if (secret !== undefined) {
      if (secret.length !== secretSizeBytes) throw new DecodeError('MLS-P-16');
      return { kind: 'secret', secret: secret.slice() };
    }
    if (count > 1) {
      const left = read(leftOf(node), count / 2);
      return { kind: 'parent', left, right: read(rightOf(node), count / 2) };
    }
    const handshake = ratchet(indexOf(node, 'handshake'));
    return { kind: 'leaf', handshake, application: ratchet(indexOf(node, 'application')) };
  };
  return { root: read(rootOf(leafCount), leafCount), leafCount };
}
