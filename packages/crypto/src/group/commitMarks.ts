/**
 * What a commit's authenticated data says (spec/groups.md, "Marks and proofs"). Marks: for each account of which another's
 * device is removed, the chain entry that the committer had read, so that every member judges the removal by a chain that
 * is at least as new. Proofs: of accounts that come by a link.
 */
import { concatBytes } from '@sotto/primitives';
import { type AccountId, idFromBytes, idSizeBytes, idToBytes, limits } from '@sotto/protocol';
import { decodeJoinProof, encodeJoinProof, joinProofSizeBytes } from './joinProof.ts';
import type { JoinProof } from './policyTypes.ts';

/** Marks alone; and the number of marks, marks, and proofs. */
const marksVersion = 1;
const proofsVersion = 2;
const markSizeBytes = idSizeBytes + 2;
const maxMarks = 1024;
/** In one commit. */
const maxJoinProofs = 64;

/** Chain `seq` by account; empty for no marks. */
export type CommitMarks = ReadonlyMap<AccountId, number>;

export interface Authenticated {
  readonly marks: CommitMarks;
  readonly proofs: readonly JoinProof[];
}

export function encodeMarks(marks: CommitMarks, proofs: readonly JoinProof[] = []): Uint8Array {
  const parts = Array.from(marks, ([accountId, seq]) =>
    concatBytes(idToBytes(accountId), Uint8Array.of(seq >> 8, seq & 0xff)),
  );
  if (proofs.length > 0) {
    const head = Uint8Array.of(proofsVersion, marks.size >> 8, marks.size & 0xff);
    return concatBytes(head, ...parts, ...proofs.map(encodeJoinProof));
  }
  return marks.size === 0 ? new Uint8Array(0) : concatBytes(Uint8Array.of(marksVersion), ...parts);
}

/** Null where the bytes are none that `encodeMarks` gives. */
export function readAuthenticated(bytes: Uint8Array): Authenticated | null {
  if (bytes.length === 0) return { marks: new Map(), proofs: [] };
  if (bytes[0] === marksVersion) {
    const marks = decodeMarks(bytes.subarray(1));
    return marks === null || marks.size === 0 ? null : { marks, proofs: [] };
  }
  if (bytes[0] !== proofsVersion || bytes.length < 3) return null;
  const end = 3 + ((bytes[1]! << 8) | bytes[2]!) * markSizeBytes;
  if (bytes.length <= end) return null;
  const marks = decodeMarks(bytes.subarray(3, end));
  const proofs = decodeProofs(bytes.subarray(end));
  return marks === null || proofs === null ? null : { marks, proofs };
}

function decodeMarks(bytes: Uint8Array): CommitMarks | null {
  const marks = new Map<AccountId, number>();
  const count = bytes.length / markSizeBytes;
  if (!Number.isInteger(count) || count > maxMarks) return null;
  for (let at = 0; at < bytes.length; at += markSizeBytes) {
    const accountId = idFromBytes<AccountId>(bytes.subarray(at, at + idSizeBytes))!;
    const seq = (bytes[at + idSizeBytes]! << 8) | bytes[at + idSizeBytes + 1]!;
    if (marks.has(accountId) || seq >= limits.chainEntries) return null;
    marks.set(accountId, seq);
  }
  return marks;
}

function decodeProofs(bytes: Uint8Array): JoinProof[] | null {
  const count = bytes.length / joinProofSizeBytes;
  if (!Number.isInteger(count) || count < 1 || count > maxJoinProofs) return null;
  const proofs: JoinProof[] = [];
  for (let at = 0; at < bytes.length; at += joinProofSizeBytes) {
    const proof = decodeJoinProof(bytes.subarray(at, at + joinProofSizeBytes));
    if (proof === null) return null;
    proofs.push(proof);
  }
  return proofs;
}
