import type { CipherSuite } from '@sotto/primitives';
import { decodeWith, type Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { asRefusal, DecodeError, ensure, type Refused } from '../refusal.ts';
import type { SecretNode } from '../schedule/secretTree.ts';
import { readGroupContext } from '../structs/groupContext.ts';
import { readRatchetTree, writeRatchetTree } from '../tree/ratchetTreeCodec.ts';
import { isLeafCount } from '../tree/treeMath.ts';
import {
  readEpochCore,
  readRatchet,
  readReInit,
  readStoredProposal,
  stateOfParts,
  stateVersion,
  writeEpochCore,
  writeRatchet,
  writeReInit,
  writeStoredProposal,
} from './stateParts.ts';
import type { GroupState } from './types.ts';

/**
 * A state for storage, in two parts: the secret one is small and changes with every message, the public one
 * (GroupContext and tree) changes with commits only. The encodings are this engine's own and versioned.
 */

function writeSecretNode(writer: Writer, node: SecretNode): void {
  switch (node.kind) {
    case 'secret':
      writer.u8(1).opaque(node.secret);
      return;
    case 'parent':
      writer.u8(2);
      writeSecretNode(writer, node.left);
      writeSecretNode(writer, node.right);
      return;
    case 'leaf':
      writer.u8(3);
      writeRatchet(writer, node.handshake);
      writeRatchet(writer, node.application);
      return;
  }
}

function readSecretNode(reader: Reader, leafCount: number): SecretNode {
  switch (reader.u8()) {
    case 1:
      return { kind: 'secret', secret: reader.opaque() };
    case 2: {
      if (leafCount === 1) throw new DecodeError('MLS-P-16');
      const left = readSecretNode(reader, leafCount / 2);
      return { kind: 'parent', left, right: readSecretNode(reader, leafCount / 2) };
    }
    case 3:
      if (leafCount !== 1) throw new DecodeError('MLS-P-16');
      return { kind: 'leaf', handshake: readRatchet(reader), application: readRatchet(reader) };
    default:
      throw new DecodeError('MLS-P-16');
  }
}

/** The secret part: about a kilobyte in a small group, and it grows with senders heard in the epoch. */
export function encodePrivateState(state: GroupState): Uint8Array {
  const { own } = state;
  const writer = new Writer(1024);
  writeEpochCore(writer, state);
  writer.u32(own.secretTree.leafCount);
  writeSecretNode(writer, own.secretTree.root);
  writer.vector(own.storedProposals, writeStoredProposal);
  writeReInit(writer, own.reInit);
  return writer.finish();
}

/** The public part: GroupContext and ratchet tree. */
export function encodePublicTree(state: GroupState): Uint8Array {
  const writer = new Writer(512 * state.tree.leafCount).u8(stateVersion);
  writer.opaque(state.own.frame.groupContextBytes);
  writeRatchetTree(writer, state.tree);
  return writer.finish();
}

/** Reads both parts back; they must be of one epoch. Stored bytes are trusted to be the engine's own. */
export function decodeGroupState(
  suite: CipherSuite,
  privateState: Uint8Array,
  publicTree: Uint8Array,
): GroupState | Refused {
  try {
    const { groupContext, tree } = decodeWith(publicTree, (reader) => {
      if (reader.u8() !== stateVersion) throw new DecodeError('MLS-P-16');
      return { groupContext: decodeWith(reader.opaque(), readGroupContext), tree: readRatchetTree(reader) };
    });
    ensure(groupContext.cipherSuite === suite.id, 'MLS-P-17');
    return decodeWith(privateState, (reader): GroupState => {
      const core = readEpochCore(reader, suite, groupContext, tree);
      const leafCount = reader.u32();
      if (!isLeafCount(leafCount, limits.maxTreeLeaves) || leafCount !== tree.leafCount) {
        throw new DecodeError('MLS-P-16');
      }
      const secretTree = { root: readSecretNode(reader, leafCount), leafCount };
      const storedProposals = reader.vector(readStoredProposal, limits.maxStoredProposals);
      return stateOfParts(suite, groupContext, tree, core, secretTree, storedProposals, readReInit(reader));
    });
  } catch (error) {
    return asRefusal(error);
  }
}
