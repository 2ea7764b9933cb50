import type { CipherSuite } from '@sotto/primitives';
import { decodeWith, type Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { epochFrame } from '../framing/epochFrame.ts';
import { limits } from '../limits.ts';
import { asRefusal, DecodeError, ensure, type Refused } from '../refusal.ts';
import type { EpochSecrets } from '../schedule/keySchedule.ts';
import type { Ratchet, SecretNode } from '../schedule/secretTree.ts';
import { interimTranscriptHash } from '../schedule/transcriptHash.ts';
import { readSender, writeSender } from '../structs/framedContent.ts';
import { readGroupContext } from '../structs/groupContext.ts';
import { readProposal, writeProposal } from '../structs/proposal.ts';
import { readRatchetTree, writeRatchetTree } from '../tree/ratchetTreeCodec.ts';
import { isLeafCount } from '../tree/treeMath.ts';
import { checkUsable } from './epoch.ts';
import type { GroupState, StoredProposal } from './types.ts';

/**
 * A state for storage, in two parts: the secret one is small and changes with every message, the public one
 * (GroupContext and tree) changes with commits only. The encodings are this engine's own and versioned.
 */
const stateVersion = 1;

function writeSecrets(writer: Writer, secrets: EpochSecrets): void {
  writer.opaque(secrets.senderDataSecret).opaque(secrets.exporterSecret).opaque(secrets.externalSecret);
  writer.opaque(secrets.membershipKey).opaque(secrets.resumptionPsk).opaque(secrets.epochAuthenticator);
  writer.opaque(secrets.initSecret);
}

function readSecrets(reader: Reader): EpochSecrets {
  return {
    senderDataSecret: reader.opaque(),
    exporterSecret: reader.opaque(),
    externalSecret: reader.opaque(),
    membershipKey: reader.opaque(),
    resumptionPsk: reader.opaque(),
    epochAuthenticator: reader.opaque(),
    initSecret: reader.opaque(),
  };
}

function writeRatchet(writer: Writer, ratchet: Ratchet): void {
  writer.opaque(ratchet.secret).u32(ratchet.generation);
  writer.vector(ratchet.skipped, (inner, skipped) => {
    inner.u32(skipped.generation).opaque(skipped.key).opaque(skipped.nonce);
  });
}

function readRatchet(reader: Reader): Ratchet {
  return {
    secret: reader.opaque(),
    generation: reader.u32(),
    skipped: reader.vector(
      (inner) => ({ generation: inner.u32(), key: inner.opaque(), nonce: inner.opaque() }),
      limits.maxSkippedKeys,
    ),
  };
}

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

function readStoredProposal(reader: Reader): StoredProposal {
  const reference = reader.opaque();
  const sender = readSender(reader);
  return { reference, sender, proposal: readProposal(reader) };
}

/** The secret part: about a kilobyte in a small group, and it grows with senders heard in the epoch. */
export function encodePrivateState(state: GroupState): Uint8Array {
  checkUsable(state);
  const { own } = state;
  const writer = new Writer(1024).u8(stateVersion).u16(state.suite.id).u64(state.groupContext.epoch);
  writer.u32(state.ownLeafIndex);
  writeSecrets(writer, own.secrets);
  writer.opaque(own.confirmationTag);
  writer.vector([...own.privateKeys], (inner, [node, key]) => {
    inner.u32(node).opaque(key);
  });
  writer.u32(own.secretTree.leafCount);
  writeSecretNode(writer, own.secretTree.root);
  writer.vector(own.storedProposals, (inner, stored) => {
    inner.opaque(stored.reference);
    writeSender(inner, stored.sender);
    writeProposal(inner, stored.proposal);
  });
  writer.optional(own.reInit, (inner, reInit) => writeProposal(inner, { kind: 'reInit', reInit }));
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
      if (reader.u8() !== stateVersion) throw new DecodeError('MLS-P-16');
      ensure(reader.u16() === suite.id, 'MLS-P-17');
      if (reader.u64() !== groupContext.epoch) throw new DecodeError('MLS-P-16');
      const ownLeafIndex = reader.u32();
      const secrets = readSecrets(reader);
      const confirmationTag = reader.opaque();
      const privateKeys = new Map(reader.vector((inner) => [inner.u32(), inner.opaque()] as const));
      const leafCount = reader.u32();
      if (!isLeafCount(leafCount, limits.maxTreeLeaves) || leafCount !== tree.leafCount) {
        throw new DecodeError('MLS-P-16');
      }
      if (!tree.leaves[ownLeafIndex]) throw new DecodeError('MLS-P-16');
      const root = readSecretNode(reader, leafCount);
      const storedProposals = reader.vector(readStoredProposal, limits.maxStoredProposals);
      const reInit = reader.optional(readProposal);
      if (reInit !== null && reInit.kind !== 'reInit') throw new DecodeError('MLS-P-16');
      const confirmed = groupContext.confirmedTranscriptHash;
      return {
        kind: 'active',
        suite,
        groupContext,
        ownLeafIndex,
        tree,
        own: {
          frame: epochFrame(groupContext),
          secrets,
          secretTree: { root, leafCount },
          privateKeys,
          confirmationTag,
          interimTranscriptHash: interimTranscriptHash(suite, confirmed, confirmationTag),
          storedProposals,
          reInit: reInit?.reInit ?? null,
          life: { erased: false },
        },
      };
    });
  } catch (error) {
    return asRefusal(error);
  }
}
