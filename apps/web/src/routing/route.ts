/** The app's places as hashes: the server sees none of them, and the back button walks through them. */
import { type ConversationId, idFromText } from '../sotto.ts';

export type Route =
  | { readonly kind: 'home' }
  | { readonly kind: 'archived' }
  | {
      readonly kind: 'conversation';
      readonly conversationId: ConversationId;
      readonly details: boolean;
      /** The message to show; without it, the end or the first unread one. */
      readonly order?: number;
    }
  | { readonly kind: 'settings' }
  | { readonly kind: 'serverSees' }
  | { readonly kind: 'devices' }
  | { readonly kind: 'security' }
  | { readonly kind: 'invite'; readonly invite: string }
  /** The operator's permission to start an account over. */
  | { readonly kind: 'reset'; readonly link: string }
  /** A device that shows this code is to be added. */
  | { readonly kind: 'addDevice'; readonly code: string };

/** The place a hash names; what is not understood is home. */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#/, '');
  const invite = readInvite(text);
  if (invite !== null) return { kind: 'invite', invite };
  const link = /^reset=([\w-]{22})$/.exec(text)?.[1];
  if (link !== undefined) return { kind: 'reset', link };
  const code = readPairingCode(text);
  if (code !== null) return { kind: 'addDevice', code };
  const [head, id, tail, place] = text.replace(/^\//, '').split('/');
  if (head === 'settings') return settingsRoute(id);
  if (head === 'archived') return { kind: 'archived' };
  if (head === 'c' && id !== undefined) {
    const conversationId = idFromText<ConversationId>(id);
    if (conversationId === null) return { kind: 'home' };
    const order = tail === 'm' && /^\d{1,15}$/.test(place ?? '') ? { order: Number(place) } : {};
    return { kind: 'conversation', conversationId, details: tail === 'details', ...order };
  }
  return { kind: 'home' };
}

function settingsRoute(page: string | undefined): Route {
  switch (page) {
    case 'server':
      return { kind: 'serverSees' };
    case 'devices':
    case 'security':
      return { kind: page };
    default:
      return { kind: 'settings' };
  }
}

export function hashOf(route: Route): string {
  switch (route.kind) {
    case 'home':
      return '#/';
    case 'archived':
      return '#/archived';
    case 'conversation':
      if (route.order !== undefined) return `#/c/${route.conversationId}/m/${route.order}`;
      return `#/c/${route.conversationId}${route.details ? '/details' : ''}`;
    case 'settings':
      return '#/settings';
    case 'serverSees':
      return '#/settings/server';
    case 'devices':
      return '#/settings/devices';
    case 'security':
      return '#/settings/security';
    case 'reset':
      return `#reset=${route.link}`;
    case 'invite':
      return `#invite=${encodeURIComponent(route.invite)}`;
    case 'addDevice':
      return `#add=${route.code}`;
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

/** The code in a scanned link of a device that is to be added; null where there is none. */
export function readPairingCode(text: string): string | null {
  return /(?:^|#)add=([\w-]{44})$/.exec(text.trim())?.[1] ?? null;
}

/** The link that a device shows to be added, on the address this page came from. */
export function pairingLink(code: string): string {
  return `${location.origin}${location.pathname}${hashOf({ kind: 'addDevice', code })}`;
}

/** The link to share for `invite`, on the address this page came from. */
export function inviteLink(invite: string): string {
  return `${location.origin}${location.pathname}${hashOf({ kind: 'invite', invite })}`;
}
