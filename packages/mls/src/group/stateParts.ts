import type { CipherSuite } from '@sotto/primitives';
import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { epochFrame } from '../framing/epochFrame.ts';
import { limits } from '../limits.ts';
import { DecodeError, ensure } from '../refusal.ts';
import type { EpochSecrets } from '../schedule/keySchedule.ts';
import type { Ratchet, SecretTree } from '../schedule/secretTree.ts';
import { interimTranscriptHash } from '../schedule/transcriptHash.ts';
import { readSender, writeSender } from '../structs/framedContent.ts';
import type { GroupContext } from '../structs/groupContext.ts';
import { type ReInit, readProposal, writeProposal } from '../structs/proposal.ts';
import type { RatchetTree } from '../tree/ratchetTree.ts';
import { checkUsable } from './epoch.ts';
import type { GroupState, StoredProposal } from './types.ts';

/** Parts of a state as both of its stored forms have them: whole (`stateCodec`) and in records (`stateRecords`). */
export const stateVersion = 1;

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

export function writeRatchet(writer: Writer, ratchet: Ratchet): void {
  writer.opaque(ratchet.secret).u32(ratchet.generation);
  writer.vector(ratchet.skipped, (inner, skipped) => {
    inner.u32(skipped.generation).opaque(skipped.key).opaque(skipped.nonce);
  });
}

export function readRatchet(reader: Reader): Ratchet {
  return {
    secret: reader.opaque(),
    generation: reader.u32(),
    skipped: reader.vector(
      (inner) => ({ generation: inner.u32(), key: inner.opaque(), nonce: inner.opaque() }),
      limits.maxSkippedKeys,
    ),
  };
}

/** What an epoch begins with and keeps: secrets, private keys, tag. */
export interface EpochCore {
  readonly ownLeafIndex: number;
  readonly secrets: EpochSecrets;
  readonly confirmationTag: Uint8Array;
  readonly privateKeys: ReadonlyMap<number, Uint8Array>;
}

export function writeEpochCore(writer: Writer, state: GroupState): void {
  checkUsable(state);
  const { own } = state;
  writer.u8(stateVersion).u16(state.suite.id).u64(state.groupContext.epoch).u32(state.ownLeafIndex);
  writeSecrets(writer, own.secrets);
  writer.opaque(own.confirmationTag);
  writer.vector([...own.privateKeys], (inner, [node, key]) => {
    inner.u32(node).opaque(key);
  });
}

/** It must be of the epoch of `groupContext`, and the own leaf in `tree`. */
export function readEpochCore(
  reader: Reader,
  suite: CipherSuite,
  groupContext: GroupContext,
  tree: RatchetTree,
): EpochCore {
  if (reader.u8() !== stateVersion) throw new DecodeError('MLS-P-16');
  ensure(reader.u16() === suite.id, 'MLS-P-17');
  if (reader.u64() !== groupContext.epoch) throw new DecodeError('MLS-P-16');
  const ownLeafIndex = reader.u32();
  if (!tree.leaves[ownLeafIndex]) throw new DecodeError('MLS-P-16');
  const secrets = readSecrets(reader);
  const confirmationTag = reader.opaque();
  const privateKeys = new Map(reader.vector((inner) => [inner.u32(), inner.opaque()] as const));
  return { ownLeafIndex, secrets, confirmationTag, privateKeys };
}

export function writeStoredProposal(writer: Writer, stored: StoredProposal): void {
  writer.opaque(stored.reference);
  writeSender(writer, stored.sender);
  writeProposal(writer, stored.proposal);
}

export function readStoredProposal(reader: Reader): StoredProposal {
  const reference = reader.opaque();
  const sender = readSender(reader);
  return { reference, sender, proposal: readProposal(reader) };
}

export function writeReInit(writer: Writer, reInit: ReInit | null): void {
  writer.optional(reInit, (inner, value) => writeProposal(inner, { kind: 'reInit', reInit: value }));
}

export function readReInit(reader: Reader): ReInit | null {
  const proposal = reader.optional(readProposal);
  if (proposal === null) return null;
  if (proposal.kind !== 'reInit') throw new DecodeError('MLS-P-16');
  return proposal.reInit;
}

/** The state of these parts. */
export function stateOfParts(
  suite: CipherSuite,
  groupContext: GroupContext,
  tree: RatchetTree,
  core: EpochCore,
  secretTree: SecretTree,
  storedProposals: readonly StoredProposal[],
  reInit: ReInit | null,
): GroupState {
  const { ownLeafIndex, secrets, confirmationTag, privateKeys } = core;
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
      secretTree,
      privateKeys,
      confirmationTag,
      interimTranscriptHash: interimTranscriptHash(suite, confirmed, confirmationTag),
      storedProposals,
      reInit,
      life: { erased: false },
    },
  };
}
