/**
 * The list of conversations is told anew with every message, and its photos with it would be megabytes each time. Invariant:
 * a photo goes to a page once, and again only where it changed; what the page shows is the same (spec/sdk.md, "Pages and tabs").
 */
import type { ConversationView } from '@sotto/client/api';
import type { ConversationId } from '@sotto/protocol';

/** `photo: null`: as it was told last. */
type ListedConversation = Omit<ConversationView, 'photo'> & { readonly photo: Uint8Array | null };
type Photos = ReadonlyMap<ConversationId, Uint8Array>;

/** The leader's side of one watch. */
export function leaveOutKnownPhotos(): (
  list: readonly ConversationView[],
) => readonly (ConversationView | ListedConversation)[] {
  let told: Photos = new Map();
  return (list) => {
    const before = told;
    told = new Map(list.map(({ conversationId, photo }) => [conversationId, photo]));
    return list.map((view) => {
      const known = before.get(view.conversationId);
      return view.photo.length > 0 && known !== undefined && isSame(known, view.photo)
        ? { ...view, photo: null }
        : view;
    });
  };
}

/** The page's side, of all leaders one after another: each tells all photos first. */
export function putKnownPhotosBack(): (
  list: readonly (ConversationView | ListedConversation)[],
) => readonly ConversationView[] {
  let known: Photos = new Map();
  return (list) => {
    const whole = list.map((view) => {
      const photo = view.photo ?? known.get(view.conversationId) ?? new Uint8Array(0);
      return { ...view, photo };
    });
    known = new Map(whole.map(({ conversationId, photo }) => [conversationId, photo]));
    return whole;
  };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one === other || (one.length === other.length && one.every((byte, at) => byte === other[at]));
}
