/**
 * What a link's holders and a group's members say to each other through the server (spec/groups.md, "Joining by link"):
 * the group's preview for those who hold the link, and their requests to join. Both open with the key that members are
 * given of a link; the server has neither that nor the secret it comes from.
 */
import { concatBytes, type Provider, wipe } from '@sotto/primitives';
import { type AccountId, type InviteId, idToBytes } from '@sotto/protocol';
import { pad, unpad } from '../envelope/padding.ts';
import { type Label, labelled } from '../labels.ts';

const nonceSizeBytes = 24;

/** What is sealed, and whose: a request is by one account. */
export type InviteSealPlace =
  | { readonly kind: 'preview'; readonly inviteId: InviteId }
  | { readonly kind: 'request'; readonly inviteId: InviteId; readonly accountId: AccountId };

/** `memberKey`: `InviteKeys.memberKey` of the link. */
export function sealForInvite(
  provider: Provider,
  memberKey: Uint8Array,
  place: InviteSealPlace,
  contents: Uint8Array,
): Uint8Array {
  const key = keyFor(provider, memberKey, place);
  const nonce = provider.randomBytes(nonceSizeBytes);
  const padded = pad(contents);
  const sealed = provider.xchacha20Poly1305.seal(key, nonce, placeBytes(place), padded);
  wipe(key, padded);
  return concatBytes(nonce, sealed);
}

/** Null where it was not sealed for this place by who has the link, or a member. */
export function openForInvite(
  provider: Provider,
  memberKey: Uint8Array,
  place: InviteSealPlace,
  sealed: Uint8Array,
): Uint8Array | null {
  if (sealed.length < nonceSizeBytes) return null;
  const key = keyFor(provider, memberKey, place);
  const padded = provider.xchacha20Poly1305.open(
    key,
    sealed.subarray(0, nonceSizeBytes),
    placeBytes(place),
    sealed.subarray(nonceSizeBytes),
  );
  wipe(key);
  return padded === null ? null : unpad(padded);
}

const keyLabels: Readonly<Record<InviteSealPlace['kind'], Label>> = {
  preview: 'invitePreview',
  request: 'joinRequest',
};

function keyFor(provider: Provider, memberKey: Uint8Array, { kind }: InviteSealPlace): Uint8Array {
  return provider.hkdf.expand(memberKey, labelled(keyLabels[kind]), 32);
}

function placeBytes(place: InviteSealPlace): Uint8Array {
  const inviteId = idToBytes(place.inviteId);
  return place.kind === 'preview' ? inviteId : concatBytes(inviteId, idToBytes(place.accountId));
}
