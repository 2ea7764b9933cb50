/**
 * Joining by link (spec/groups.md, "Joining by link"). The link has a secret; from it come a signing key, of which the
 * group's policy has the public half, and a key that members are given to read what those who hold the link send them.
 * Invariant: a proof is good for one account, one conversation and one link, and only while both it and the link last.
 */
import { concatBytes, type Provider, type SigningKey, wipe } from '@sotto/primitives';
import { type AccountId, type InviteId, idFromBytes, idSizeBytes, idToBytes, limits } from '@sotto/protocol';
import { labelled, u64Bytes } from '../labels.ts';
import type { Invite, JoinClaim, JoinProof } from './policyTypes.ts';
import { groupRefused } from './refusals.ts';
import type { GroupRefusal } from './types.ts';

const secretSizeBytes = 16;
const signatureSizeBytes = 64;
export const joinProofSizeBytes = 2 * idSizeBytes + 8 + signatureSizeBytes;
const toleranceMs = 3_600_000;
/** Of clocks that are behind, for proofs that seem to hold too long. */
const clockDifferenceMs = 24 * 3_600_000;
const maxTimeMs = 8_640_000_000_000_000n;

/** What a link's secret (16 bytes) stands for. */
export interface InviteKeys {
  /** For the policy. */
  readonly verifyKey: Uint8Array;
  /** 32 bytes, for members: opens requests and previews, and says nothing of the secret. */
  readonly memberKey: Uint8Array;
}

export function createInviteSecret(provider: Provider): Uint8Array {
  return provider.randomBytes(secretSizeBytes);
}

/** Throws a RangeError for a secret of another size. */
export async function inviteKeys(provider: Provider, secret: Uint8Array): Promise<InviteKeys> {
  const { publicKey } = await signingKey(provider, secret);
  return { verifyKey: publicKey, memberKey: derive(provider, secret, 'inviteKey') };
}

/** By who holds the link: `claim.expiresAtMs` at most `limits.joinRequestLifetimeMs` ahead. */
export async function signJoin(provider: Provider, secret: Uint8Array, claim: JoinClaim): Promise<JoinProof> {
  const { inviteId, accountId, expiresAtMs } = claim;
  const signature = await (await signingKey(provider, secret)).sign(signedBytes(claim));
  return { inviteId, accountId, expiresAtMs, signature };
}

/** The times between which a commit is thought to have been made. */
export interface JudgedAt {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Null where the proof is by who holds the link, for this account and conversation, and neither link nor proof was over.
 */
export async function checkJoinProof(
  provider: Provider,
  invite: Invite,
  conversationId: JoinClaim['conversationId'],
  proof: JoinProof,
  { fromMs, toMs }: JudgedAt,
): Promise<GroupRefusal | null> {
  if (invite.expiresAtMs + toleranceMs < fromMs) return groupRefused('expired_invite');
  const isTimely =
    proof.expiresAtMs + toleranceMs >= fromMs &&
    proof.expiresAtMs <= toMs + limits.joinRequestLifetimeMs + clockDifferenceMs;
  const claim = signedBytes({ ...proof, conversationId });
  const isGood = isTimely && (await provider.ed25519.verify(invite.verifyKey, claim, proof.signature));
  return isGood ? null : groupRefused('invalid_join_proof');
}

/** 104 bytes: invite id ‖ account id ‖ expiry (8) ‖ signature. */
export function encodeJoinProof({ inviteId, accountId, expiresAtMs, signature }: JoinProof): Uint8Array {
  return concatBytes(idToBytes(inviteId), idToBytes(accountId), u64Bytes(BigInt(expiresAtMs)), signature);
}

/** Null where the bytes are none. */
export function decodeJoinProof(bytes: Uint8Array): JoinProof | null {
  if (bytes.length !== joinProofSizeBytes) return null;
  const inviteId = idFromBytes<InviteId>(bytes.subarray(0, idSizeBytes))!;
  const accountId = idFromBytes<AccountId>(bytes.subarray(idSizeBytes, 2 * idSizeBytes))!;
  const expires = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(2 * idSizeBytes);
  if (expires > maxTimeMs) return null;
  const signature = bytes.slice(2 * idSizeBytes + 8);
  return { inviteId, accountId, expiresAtMs: Number(expires), signature };
}

function signedBytes({ conversationId, inviteId, accountId, expiresAtMs }: JoinClaim): Uint8Array {
  return labelled(
    'join',
    idToBytes(conversationId),
    idToBytes(inviteId),
    idToBytes(accountId),
    u64Bytes(BigInt(expiresAtMs)),
  );
}

async function signingKey(provider: Provider, secret: Uint8Array): Promise<SigningKey> {
  const seed = derive(provider, secret, 'inviteSigner');
  const key = await provider.ed25519.importKey(seed);
  wipe(seed);
  return key;
}

function derive(provider: Provider, secret: Uint8Array, label: 'inviteKey' | 'inviteSigner'): Uint8Array {
  if (secret.length !== secretSizeBytes) throw new RangeError('Not the secret of a link');
  const pseudorandomKey = provider.hkdf.extract(labelled(label), secret);
  const key = provider.hkdf.expand(pseudorandomKey, labelled(label), 32);
  wipe(pseudorandomKey);
  return key;
}
