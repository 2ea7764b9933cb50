/** The app's places as hashes: the server sees none of them, and the back button walks through them. */
import { type ConversationId, idFromText } from '../sotto.ts';

export type Route =
  | { readonly kind: 'home' }
  | { readonly kind: 'conversation'; readonly conversationId: ConversationId; readonly details: boolean }
  | { readonly kind: 'settings' }
  | { readonly kind: 'serverSees' }
  | { readonly kind: 'invite'; readonly invite: string };

/** The place a hash names; what is not understood is home. */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#/, '');
  const invite = readInvite(text);
  if (invite !== null) return { kind: 'invite', invite };
  const [head, id, tail] = text.replace(/^\//, '').split('/');
  if (head === 'settings') return id === 'server' ? { kind: 'serverSees' } : { kind: 'settings' };
  if (head === 'c' && id !== undefined) {
    const conversationId = idFromText<ConversationId>(id);
    if (conversationId !== null) return { kind: 'conversation', conversationId, details: tail === 'details' };
  }
  return { kind: 'home' };
}

export function hashOf(route: Route): string {
  switch (route.kind) {
    case 'home':
      return '#/';
    case 'conversation':
      return `#/c/${route.conversationId}${route.details ? '/details' : ''}`;
    case 'settings':
      return '#/settings';
    case 'serverSees':
      return '#/settings/server';
    case 'invite':
      return `#invite=${encodeURIComponent(route.invite)}`;
  }
}

const inviteLength = 256;

/** The invite in a pasted link, or in the bare text after `#`; null where there is none. */
export function readInvite(text: string): string | null {
  const match = /(?:^|#)invite=([^\s&#]+)/.exec(text.trim());
  if (match?.[1] === undefined || match[1].length > inviteLength) return null;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return null;
  }
}

/** The link to share for `invite`, on the address this page came from. */
export function inviteLink(invite: string): string {
  return `${location.origin}${location.pathname}${hashOf({ kind: 'invite', invite })}`;
}
