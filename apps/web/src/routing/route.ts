/** The app's places as hashes: the server sees none of them, and the back button walks through them. */
import { type ConversationId, idFromText } from '../sotto.ts';

export type Route =
  | { readonly kind: 'home' }
  | { readonly kind: 'archived' }
  | { readonly kind: 'starred' }
  | {
      readonly kind: 'conversation';
      readonly conversationId: ConversationId;
      readonly details: boolean;
      /** The message to show; without it, the end or the first unread one. */
      readonly order?: number;
      /** A link to the group's call: it is joined, or begun. */
      readonly call?: true;
    }
  | { readonly kind: 'settings' }
  | { readonly kind: 'serverSees' }
  | { readonly kind: 'devices' }
  | { readonly kind: 'security' }
  | { readonly kind: 'storage' }
  | { readonly kind: 'calls' }
  /** A link to a sticker pack. */
  | { readonly kind: 'stickers'; readonly link: string }
  | { readonly kind: 'invite'; readonly invite: string }
  /** A link to a group; `call`: to the call there, for its guests. */
  | { readonly kind: 'join'; readonly link: string; readonly call?: true }
  /** The operator's permission to start an account over. */
  | { readonly kind: 'reset'; readonly link: string }
  /** A device that shows this code is to be added. */
  | { readonly kind: 'addDevice'; readonly code: string };

/** The place a hash names; what is not understood is home. */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#/, '');
  const invite = readInvite(text);
  if (invite !== null) return { kind: 'invite', invite };
  const join = readJoinRoute(text);
  if (join !== null) return join;
  const pack = /^stickers=([\w.-]{1,256})$/.exec(text)?.[1];
  if (pack !== undefined) return { kind: 'stickers', link: pack };
  const link = /^reset=([\w-]{22})$/.exec(text)?.[1];
  if (link !== undefined) return { kind: 'reset', link };
  const code = readPairingCode(text);
  if (code !== null) return { kind: 'addDevice', code };
  const [head, id, tail, place] = text.replace(/^\//, '').split('/');
  if (head === 'settings') return settingsRoute(id);
  if (head === 'archived' || head === 'starred') return { kind: head };
  if (head === 'c' && id !== undefined) {
    const conversationId = idFromText<ConversationId>(id);
    if (conversationId === null) return { kind: 'home' };
    if (tail === 'call') return { kind: 'conversation', conversationId, details: false, call: true };
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
    case 'storage':
    case 'calls':
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
    case 'starred':
      return '#/starred';
    case 'conversation':
      if (route.order !== undefined) return `#/c/${route.conversationId}/m/${route.order}`;
      if (route.call === true) return `#/c/${route.conversationId}/call`;
      return `#/c/${route.conversationId}${route.details ? '/details' : ''}`;
    case 'settings':
      return '#/settings';
    case 'serverSees':
      return '#/settings/server';
    case 'devices':
      return '#/settings/devices';
    case 'security':
      return '#/settings/security';
    case 'storage':
      return '#/settings/storage';
    case 'calls':
      return '#/settings/calls';
    case 'stickers':
      return `#stickers=${route.link}`;
    case 'reset':
      return `#reset=${route.link}`;
    case 'invite':
      return `#invite=${encodeURIComponent(route.invite)}`;
    case 'join':
      return `#join=${encodeURIComponent(route.link)}${route.call === true ? '&call' : ''}`;
    case 'addDevice':
      return `#add=${route.code}`;
  }
}

const inviteLength = 256;

/** The invite in a pasted link, or in the bare text after `#`; null where there is none. */
export function readInvite(text: string): string | null {
  return readAfter(/(?:^|#)invite=([^\s&#]+)/, text);
}

/** What leads to a group in a pasted link, or in the bare text after `#`; null where there is none. */
export function readJoinLink(text: string): string | null {
  return readAfter(/(?:^|#)join=([^\s&#]+)/, text);
}

/** As `readJoinLink`: the place that it leads to. */
export function readJoinRoute(text: string): Route | null {
  const link = readJoinLink(text);
  return link === null ? null : { kind: 'join', link, ...(/&call\s*$/.test(text) ? { call: true } : {}) };
}

function readAfter(pattern: RegExp, text: string): string | null {
  const match = pattern.exec(text.trim());
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

/** The link to share for a group's `link`, on the address this page came from. */
export function joinLink(link: string): string {
  return `${location.origin}${location.pathname}${hashOf({ kind: 'join', link })}`;
}

/** As `joinLink`, and who is let in comes to the group's call. */
export function guestLink(link: string): string {
  return `${location.origin}${location.pathname}${hashOf({ kind: 'join', link, call: true })}`;
}

/** The link to a group's call for those who are in the group, on the address this page came from. */
export function callLink(conversationId: ConversationId): string {
  const route: Route = { kind: 'conversation', conversationId, details: false, call: true };
  return `${location.origin}${location.pathname}${hashOf(route)}`;
}

/** The link to share for a sticker pack, on the address this page came from. */
export function stickersLink(link: string): string {
  return `${location.origin}${location.pathname}${hashOf({ kind: 'stickers', link })}`;
}

/** The link to share for `invite`, on the address this page came from. */
export function inviteLink(invite: string): string {
  return `${location.origin}${location.pathname}${hashOf({ kind: 'invite', invite })}`;
}
