/**
 * A group's name, photo and description (spec/groups.md, "Details"): known to its members only. The policy has their hash,
 * which a salt keeps from being guessed.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import type { Provider } from '@sotto/primitives';
import { GroupDetailsSchema, limits } from '@sotto/protocol';
import { decodeMessage } from '../decodeMessage.ts';
import type { EncodedDetails, GroupDetails } from './policyTypes.ts';

const saltSizeBytes = 16;
/** More than the longest texts and the largest photo with what is around them. */
const maxEncodedSizeBytes = limits.groupPhotoSizeBytes + 8 * 1024;

/** With a salt of its own, so the same details have another hash each time. */
export function encodeDetails(provider: Provider, details: GroupDetails): EncodedDetails {
  const salt = provider.randomBytes(saltSizeBytes);
  const encoded = toBinary(GroupDetailsSchema, create(GroupDetailsSchema, { ...details, salt }));
  if (decodeDetails(encoded) === null) throw new RangeError('Not the details of a group');
  return { encoded, hash: provider.sha256(encoded) };
}

/** What a policy has of these details. */
export function hashOfDetails(provider: Provider, encoded: Uint8Array): Uint8Array {
  return provider.sha256(encoded);
}

/** Null where they are too long, without a name or salt, or with a photo that is no WebP, JPEG or PNG. */
export function decodeDetails(encoded: Uint8Array): GroupDetails | null {
  if (encoded.length > maxEncodedSizeBytes) return null;
  const decoded = decodeMessage(GroupDetailsSchema, encoded);
  if (decoded === null || decoded.salt.length !== saltSizeBytes) return null;
  const { name, description, photo } = decoded;
  if (!isGroupName(name) || description.length > limits.groupDescriptionLength) return null;
  return isGroupPhoto(photo) ? { name, description, photo: photo.slice() } : null;
}

/** 1 to 100 UTF-16 units, not only spaces, and without line breaks and other control characters. */
export function isGroupName(name: string): boolean {
  return name.trim().length > 0 && name.length <= limits.groupNameLength && !/\p{Cc}/u.test(name);
}

/** At most 24 kB that begin as WebP, JPEG or PNG do; empty: none. */
export function isGroupPhoto(photo: Uint8Array): boolean {
  if (photo.length === 0) return true;
  if (photo.length > limits.groupPhotoSizeBytes) return false;
  return isWebp(photo) || begins(photo, [0xff, 0xd8, 0xff]) || begins(photo, [0x89, 0x50, 0x4e, 0x47]);
}

function isWebp(photo: Uint8Array): boolean {
  return begins(photo, [0x52, 0x49, 0x46, 0x46]) && begins(photo.subarray(8), [0x57, 0x45, 0x42, 0x50]);
}

function begins(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, at) => bytes[at] === byte);
}
