import { type CipherSuite, concatBytes, equalBytes } from '@sotto/primitives';
import { decodeWith, type Reader } from '../codec/reader.ts';
import { splitSharedEnd } from '../codec/sharedEnd.ts';
import { Writer } from '../codec/writer.ts';
import { limits } from '../limits.ts';
import { asRefusal, DecodeError, type Refused } from '../refusal.ts';
import { readExtensions, writeExtensions } from '../structs/extension.ts';
import { readLeafNode, writeLeafNode } from '../structs/leafNode.ts';
import { readPreSharedKeyId, writePreSharedKeyId } from '../structs/preSharedKeyId.ts';
import { readProposal, writeProposal } from '../structs/proposal.ts';
import { memberOf } from './member.ts';
import { pendingCommitOf } from './pendingCommit.ts';
import { nameOf } from './psks.ts';
import { decodeGroupState, encodePrivateState, encodePublicTree } from './stateCodec.ts';
import { eraseStateDelta, readStateDelta, writeStateDelta } from './stateDelta.ts';
import { stateAfter, stateDelta } from './stateRecords.ts';
import type { CommitSummary, GroupState, Member, PendingCommit, WelcomeMessage } from './types.ts';

/** A pending commit for storage. Secret: it holds the private state of the epoch it would begin. */
const wholeVersion = 1;
const deltaVersion = 2;
const noNonce = new Uint8Array(0);

function writeMember(writer: Writer, member: Member): void {
  writeLeafNode(writer.u32(member.leafIndex), member.leafNode);
}

function readMember(reader: Reader): Member {
  const leafIndex = reader.u32();
  return memberOf(leafIndex, readLeafNode(reader));
}

function writeBoolean(writer: Writer, value: boolean): void {
  writer.u8(value ? 1 : 0);
}

function readBoolean(reader: Reader): boolean {
  const value = reader.u8();
  if (value > 1) throw new DecodeError('MLS-P-16');
  return value === 1;
}

function writeCommitter(writer: Writer, committer: CommitSummary['committer']): void {
  if (committer.kind === 'external') {
    writeMember(writer.u8(2), committer.joiner);
    return;
  }
  writeMember(writer.u8(1), committer.before);
  writeMember(writer, committer.after);
}

function readCommitter(reader: Reader): CommitSummary['committer'] {
  switch (reader.u8()) {
    case 1: {
      const before = readMember(reader);
      return { kind: 'member', before, after: readMember(reader) };
    }
    case 2:
      return { kind: 'external', joiner: readMember(reader) };
    default:
      throw new DecodeError('MLS-P-16');
  }
}

function writeSummary(writer: Writer, summary: CommitSummary): void {
  writer.opaque(summary.groupId).u64(summary.fromEpoch);
  writeCommitter(writer, summary.committer);
  writer.vector(summary.added, writeMember).vector(summary.removed, writeMember);
  writer.vector(summary.updated, (inner, { before, after }) => {
    writeMember(inner, before);
    writeMember(inner, after);
  });
  writer.vector(summary.psks, (inner, name) => writePreSharedKeyId(inner, { ...name, nonce: noNonce }));
  writer.optional(summary.extensions, (inner, { before, after }) => {
    writeExtensions(inner, before);
    writeExtensions(inner, after);
  });
  writer.optional(summary.reInit, (inner, reInit) => writeProposal(inner, { kind: 'reInit', reInit }));
  writeBoolean(writer, summary.hasPath);
  writeBoolean(writer, summary.isSelfRemoved);
  writer.opaque(summary.authenticatedData);
}

function readSummary(reader: Reader): CommitSummary {
  const groupId = reader.opaque();
  const fromEpoch = reader.u64();
  const committer = readCommitter(reader);
  const added = reader.vector(readMember);
  const removed = reader.vector(readMember);
  const updated = reader.vector((inner) => {
    const before = readMember(inner);
    return { before, after: readMember(inner) };
  });
  const psks = reader.vector(readPreSharedKeyId).map(nameOf);
  const extensions = reader.optional((inner) => {
    const before = readExtensions(inner);
    return { before, after: readExtensions(inner) };
  });
  const reInit = reader.optional(readProposal);
  if (reInit !== null && reInit.kind !== 'reInit') throw new DecodeError('MLS-P-16');
  return {
    groupId,
    fromEpoch,
    epoch: fromEpoch + 1n,
    committer,
    added,
    removed,
    updated,
    psks,
    extensions,
    reInit: reInit?.reInit ?? null,
    hasPath: readBoolean(reader),
    isSelfRemoved: readBoolean(reader),
    authenticatedData: reader.opaque(),
  };
}

/** What all Welcomes of a commit end with, the sealed GroupInfo, is much larger than what is each one's own. */
function writeWelcomes(writer: Writer, welcomes: readonly WelcomeMessage[]): void {
  const { heads, end } = splitSharedEnd(welcomes.map(({ bytes }) => bytes));
  writer.opaque(end).vector(welcomes.keys().toArray(), (inner, at) => {
    inner.opaque(heads[at]!).vector(welcomes[at]!.keyPackageRefs, (w, reference) => {
      w.opaque(reference);
    });
  });
}

function readWelcomes(reader: Reader): WelcomeMessage[] {
  const end = reader.opaque();
  return reader.vector((inner) => {
    const bytes = concatBytes(inner.opaque(), end);
    return { bytes, keyPackageRefs: inner.vector((one) => one.opaque()) };
  }, limits.maxTreeLeaves);
}

/**
 * A pending commit for storage. With `base`, the state in force, it holds what the commit changes of it, which is
 * small whatever the group's size, and is read back beside that state or a later one of the same epoch.
 */
export function encodePendingCommit(pending: PendingCommit, base: GroupState | null = null): Uint8Array {
  const writer = new Writer(8192).u8(base === null ? wholeVersion : deltaVersion);
  writeSummary(writer, pending.summary);
  writer.opaque(pending.commitMessage);
  writeWelcomes(writer, pending.welcomes);
  writer.opaque(pending.groupInfo);
  if (base === null) {
    const privateState = encodePrivateState(pending.nextState);
    writer.opaque(privateState).opaque(encodePublicTree(pending.nextState));
    privateState.fill(0);
  } else {
    const delta = stateDelta(base, pending.nextState);
    writeStateDelta(writer.opaque(base.own.confirmationTag), delta);
    eraseStateDelta(delta);
  }
  return writer.finish();
}

function readNextState(reader: Reader, suite: CipherSuite, base: GroupState | null): GroupState | Refused {
  if (base === null) {
    const privateState = reader.opaque();
    const nextState = decodeGroupState(suite, privateState, reader.opaque());
    privateState.fill(0);
    return nextState;
  }
  if (!equalBytes(reader.opaque(), base.own.confirmationTag)) throw new DecodeError('MLS-P-16');
  const delta = readStateDelta(reader);
  const nextState = stateAfter(base, delta);
  eraseStateDelta(delta);
  return nextState;
}

/** `base`: a state of the epoch that the commit was made in, where it was given to `encodePendingCommit`. */
export function decodePendingCommit(
  suite: CipherSuite,
  bytes: Uint8Array,
  base: GroupState | null = null,
): PendingCommit | Refused {
  try {
    return decodeWith(bytes, (reader): PendingCommit | Refused => {
      const version = reader.u8();
      if (version !== wholeVersion && version !== deltaVersion) throw new DecodeError('MLS-P-16');
      if (version === deltaVersion && base === null) throw new DecodeError('MLS-P-16');
      const summary = readSummary(reader);
      const commitMessage = reader.opaque();
      const welcomes = readWelcomes(reader);
      const groupInfo = reader.opaque();
      const nextState = readNextState(reader, suite, version === deltaVersion ? base : null);
      if (nextState.kind === 'refused') return nextState;
      return pendingCommitOf({
        kind: 'pendingCommit',
        summary,
        commitMessage,
        welcomes,
        groupInfo,
        nextState,
        currentState: null,
      });
    });
  } catch (error) {
    return asRefusal(error);
  }
}
