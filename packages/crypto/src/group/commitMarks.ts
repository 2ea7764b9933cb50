/**
 * Marks in a commit (spec/groups.md, "Marks"): for each account of which another's device is removed, the chain
 * entry that the committer had read. They travel as the commit's authenticated data, so that every member judges
 * the removal by a chain that is at least as new.
 */
import { concatBytes } from '@sotto/primitives';
import { type AccountId, idFromBytes, idSizeBytes, idToBytes, limits } from '@sotto/protocol';

const version = 1;
const markSizeBytes = idSizeBytes + 2;
const maxMarks = 64;

/** Chain `seq` by account; empty for no marks. */
export type CommitMarks = ReadonlyMap<AccountId, number>;

export function encodeMarks(marks: CommitMarks): Uint8Array {
  if (marks.size === 0) return new Uint8Array(0);
  const parts = Array.from(marks, ([accountId, seq]) =>
    concatBytes(idToBytes(accountId), Uint8Array.of(seq >> 8, seq & 0xff)),
  );
  return concatBytes(Uint8Array.of(version), ...parts);
}

/** Null where the bytes are no marks. */
export function decodeMarks(bytes: Uint8Array): CommitMarks | null {
  const marks = new Map<AccountId, number>();
  if (bytes.length === 0) return marks;
  const count = (bytes.length - 1) / markSizeBytes;
  if (bytes[0] !== version || !Number.isInteger(count) || count < 1 || count > maxMarks) return null;
  for (let at = 1; at < bytes.length; at += markSizeBytes) {
    const accountId = idFromBytes<AccountId>(bytes.subarray(at, at + idSizeBytes))!;
    const seq = (bytes[at + idSizeBytes]! << 8) | bytes[at + idSizeBytes + 1]!;
    if (marks.has(accountId) || seq >= limits.chainEntries) return null;
    marks.set(accountId, seq);
  }
  return marks;
}
