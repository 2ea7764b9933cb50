/**
 * What pages and the worker that runs the engine (the leader) send each other. Every message is decoded by the one
 * who gets it: the other tabs of an origin may run another version.
 */
import { areArguments, type Command, isCommand, isViewQuery, type ViewQuery } from './commands.ts';

/** From a page to the leader. Ids are the page's own, one count for calls and watches. */
export type ToLeader = { readonly pageId: string; readonly id: number } & (
  | { readonly kind: 'call'; readonly command: Command; readonly arguments: readonly unknown[] }
  | { readonly kind: 'watch'; readonly view: ViewQuery }
  | { readonly kind: 'unwatch' }
);

/** From the leader to a page. */
export type ToPage = { readonly id: number } & (
  | { readonly kind: 'result'; readonly value: unknown }
  /** `malformed`: the call was none. `failed`: the engine threw, which is a fault of its own. */
  | { readonly kind: 'failure'; readonly reason: FailureReason }
  | { readonly kind: 'value'; readonly value: unknown }
);
type FailureReason = 'malformed' | 'failed';

/** To everyone. */
export type Presence =
  | { readonly kind: 'whoLeads' }
  /** A page came to the front. */
  | { readonly kind: 'awake' }
  /** This worker leads now; every leader before it is gone. */
  | { readonly kind: 'leader'; readonly leaderId: string };

/** `pageId` and `id` are given where they could be read, so that a malformed call is answered. */
export type DecodedToLeader =
  | { readonly kind: 'sound'; readonly message: ToLeader }
  | { readonly kind: 'malformed'; readonly pageId: string; readonly id: number }
  | null;

export function decodeToLeader(value: unknown): DecodedToLeader {
  const message = asRecord(value);
  if (message === null) return null;
  const { pageId, id, kind, command, arguments: values, view } = message;
  if (!isTabId(pageId) || !isId(id)) return null;
  if (kind === 'call' && isCommand(command) && Array.isArray(values) && areArguments(command, values)) {
    return { kind: 'sound', message: { pageId, id, kind, command, arguments: values } };
  }
  if (kind === 'watch' && isViewQuery(view)) return { kind: 'sound', message: { pageId, id, kind, view } };
  if (kind === 'unwatch') return { kind: 'sound', message: { pageId, id, kind } };
  return { kind: 'malformed', pageId, id };
}

export function decodeToPage(value: unknown): ToPage | null {
  const message = asRecord(value);
  if (message === null || !isId(message.id)) return null;
  const { id, kind, reason } = message;
  if (kind === 'result' || kind === 'value') return { id, kind, value: message.value };
  if (kind === 'failure' && (reason === 'malformed' || reason === 'failed')) return { id, kind, reason };
  return null;
}

export function decodePresence(value: unknown): Presence | null {
  const message = asRecord(value);
  if (message?.kind === 'whoLeads' || message?.kind === 'awake') return { kind: message.kind };
  const leaderId = message?.leaderId;
  return message?.kind === 'leader' && isTabId(leaderId) ? { kind: 'leader', leaderId } : null;
}

function asRecord(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
}

function isTabId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value);
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
