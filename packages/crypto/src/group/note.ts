/**
 * Notes (spec/groups.md, "Notes"): what a commit did to a group, sealed beside it for whoever is in the epoch that it
 * begins and for those who are given that epoch's history key, and signed by the commit's maker. Invariant: nothing comes
 * out of a note but what a device once listed by the committer's chain signed for this conversation, epoch and
 * transaction. It is that device's word: `noteFits` compares it with what the commit did.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { concatBytes, type Provider, wipe } from '@sotto/primitives';
import { ContentSchema, GroupNoteSchema, idToBytes, limits, SignedContentSchema } from '@sotto/protocol';
import type { VerifiedChain } from '../account/types.ts';
import { decodeMessage } from '../decodeMessage.ts';
import { pad, unpad } from '../envelope/padding.ts';
import { historyKeyOf } from '../history/historyKey.ts';
import { labelled, u64Bytes } from '../labels.ts';
import { decodeDetails } from './details.ts';
import { changesOf } from './noteChanges.ts';
import { changeFrom, changeMessage, inviteKeyFrom } from './noteCodec.ts';
import type { NoteContents, NotePlace, NoteRefusal, OpenedNote } from './policyTypes.ts';
import type { CryptoContext, PendingCommit, Self } from './types.ts';

const nonceSizeBytes = 24;
const tagSizeBytes = 16;
/** The last time that a Date has. */
const maxTimeMs = 8_640_000_000_000_000;

/** The note of an own commit. Throws a RangeError where details change and none are given. */
export async function createNote(
  context: CryptoContext,
  self: Self,
  commit: Pick<PendingCommit, 'next' | 'groupEvents'>,
  contents: NoteContents,
): Promise<Uint8Array> {
  const { provider, nowMs } = context;
  const { transactionId, details, detailsBefore, inviteKeys } = contents;
  const decoded = details === undefined ? null : decodeDetails(details);
  const changes = changesOf(commit.groupEvents, decoded, detailsBefore ?? null);
  if (changes === null) throw new RangeError('A note of changed details has them');
  const groupNote = create(GroupNoteSchema, {
    changes: changes.map(changeMessage),
    details: details ?? new Uint8Array(0),
    inviteKeys: (inviteKeys ?? []).map(({ inviteId, key }) => ({ inviteId: idToBytes(inviteId), key })),
  });
  const content = toBinary(
    ContentSchema,
    create(ContentSchema, { sentAtMs: BigInt(nowMs), kind: { case: 'groupNote', value: groupNote } }),
  );
  const { conversationId, epoch } = commit.next;
  const historyKey = historyKeyOf(commit.next);
  const note = await sealNote(
    provider,
    self,
    { conversationId, epoch, transactionId, sender: self },
    historyKey,
    content,
  );
  wipe(historyKey);
  return note;
}

/** `content`: an encoded Content. */
export async function sealNote(
  provider: Provider,
  self: Self,
  place: NotePlace,
  historyKey: Uint8Array,
  content: Uint8Array,
): Promise<Uint8Array> {
  const bound = placeBytes(place);
  const signature = await self.signingKey.sign(labelled('note', bound, content));
  const padded = pad(toBinary(SignedContentSchema, create(SignedContentSchema, { content, signature })));
  const nonce = provider.randomBytes(nonceSizeBytes);
  const key = noteKey(provider, historyKey);
  const sealed = provider.xchacha20Poly1305.seal(key, nonce, bound, padded);
  wipe(key, padded);
  return concatBytes(nonce, sealed);
}

/** `historyKey`: of the epoch that the commit begins. `chain`: of the account that made the commit. */
export async function openNote(
  provider: Provider,
  historyKey: Uint8Array,
  note: Uint8Array,
  place: NotePlace,
  chain: Pick<VerifiedChain, 'accountId' | 'everListed'>,
): Promise<OpenedNote | NoteRefusal> {
  if (note.length > limits.noteSizeBytes) return refused('too_large');
  if (note.length < nonceSizeBytes + tagSizeBytes) return refused('malformed');
  const { accountId, deviceId } = place.sender;
  const signatureKey = chain.accountId === accountId ? chain.everListed.get(deviceId) : undefined;
  if (signatureKey === undefined) return refused('unknown_sender');
  const bound = placeBytes(place);
  const key = noteKey(provider, historyKey);
  const sealed = note.subarray(nonceSizeBytes);
  const padded = provider.xchacha20Poly1305.open(key, note.subarray(0, nonceSizeBytes), bound, sealed);
  wipe(key);
  if (padded === null) return refused('not_decryptable');
  const text = unpad(padded);
  const signed = text === null ? null : decodeMessage(SignedContentSchema, text);
  if (signed === null) return refused('malformed');
  const claim = labelled('note', bound, signed.content);
  if (!(await provider.ed25519.verify(signatureKey, claim, signed.signature))) {
    return refused('invalid_signature');
  }
  return decodeNote(signed.content) ?? refused('malformed');
}

/** What an encoded Content says as a note; null where it is none, or says what no note says. */
export function decodeNote(content: Uint8Array): OpenedNote | null {
  const decoded = decodeMessage(ContentSchema, content);
  if (decoded === null || decoded.kind.case !== 'groupNote') return null;
  const { changes, details, inviteKeys } = decoded.kind.value;
  if (changes.length > limits.changesPerNote || inviteKeys.length > limits.invitesPerGroup) return null;
  const read = changes.map(changeFrom);
  const keys = inviteKeys.map(inviteKeyFrom);
  const own = details.length === 0 ? null : decodeDetails(details);
  if (!read.every((change) => change !== null) || !keys.every((key) => key !== null)) return null;
  if (details.length > 0 && own === null) return null;
  return {
    kind: 'note',
    sentAtMs: Math.min(Number(decoded.sentAtMs), maxTimeMs),
    changes: read,
    details: own === null ? null : { encoded: details.slice(), decoded: own },
    inviteKeys: keys,
  };
}

function noteKey(provider: Provider, historyKey: Uint8Array): Uint8Array {
  return provider.hkdf.expand(historyKey, labelled('noteKey'), 32);
}

function placeBytes({ conversationId, epoch, transactionId, sender }: NotePlace): Uint8Array {
  return concatBytes(
    idToBytes(conversationId),
    u64Bytes(epoch),
    idToBytes(transactionId),
    idToBytes(sender.accountId),
    idToBytes(sender.deviceId),
  );
}

function refused(reason: NoteRefusal['reason']): NoteRefusal {
  return { kind: 'refused', reason };
}
