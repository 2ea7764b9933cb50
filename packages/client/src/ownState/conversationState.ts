/**
 * What an account's devices tell each other of one conversation, and how what two of them say becomes one
 * (spec/history.md, "Account items"). Invariant: merging is commutative, associative and idempotent, so all devices
 * come to the same in whatever order values reach them, also twice or old ones again.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AccountId,
  type ConversationId,
  type ConversationItem,
  ConversationItemSchema,
  idFromBytes,
  idToBytes,
  OwnItemSchema,
} from '@sotto/protocol';
import { alwaysMuted } from '../api.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import { decodePosition } from '../messages/content.ts';
import { seqLimit } from '../sync/entry.ts';

export interface MemberPosition {
  readonly accountId: AccountId;
  readonly delivered: number;
  readonly read: number;
}

/** `changedAtMs` of each: hybrid time of its last change, 0 where it never changed. */
export interface ConversationState {
  /** What this account has read. */
  readonly readSeq: number;
  readonly archived: {
    readonly changedAtMs: number;
    readonly archived: boolean;
    /** Newest entry when it was archived: a text above it brings the conversation back. */
    readonly throughSeq: number;
  };
  /** `untilMs`: 0 where it is not muted, `alwaysMuted`, or a time. */
  readonly muted: { readonly changedAtMs: number; readonly untilMs: number };
  readonly pinned: { readonly changedAtMs: number; readonly pinned: boolean };
  /** Whether the account wants messages kept (policy/historyChoice.ts). */
  readonly history: { readonly changedAtMs: number; readonly off: boolean };
  /** Of the account as a whole: the newest entry of its keyring that a device has read; `seq` 0: none. */
  readonly keyring: { readonly seq: number; readonly hash: string };
  /** What members told this account, and what was told them by it. By account, ascending. */
  readonly members: readonly MemberPosition[];
}

export const noState: ConversationState = {
  readSeq: 0,
  archived: { changedAtMs: 0, archived: false, throughSeq: 0 },
  muted: { changedAtMs: 0, untilMs: 0 },
  pinned: { changedAtMs: 0, pinned: false },
  history: { changedAtMs: 0, off: false },
  keyring: { seq: 0, hash: '' },
  members: [],
};

/** So many members' positions are kept of one conversation: a direct one has two. */
const membersLimit = 8;

export function mergeStates(a: ConversationState, b: ConversationState): ConversationState {
  return {
    readSeq: Math.max(a.readSeq, b.readSeq),
    archived: later(a.archived, b.archived, (one) => Number(one.archived) * seqLimit + one.throughSeq),
    muted: later(a.muted, b.muted, (one) => one.untilMs),
    pinned: later(a.pinned, b.pinned, (one) => Number(one.pinned)),
    history: later(a.history, b.history, (one) => Number(one.off)),
    keyring: further(a.keyring, b.keyring),
    members: mergeMembers(a.members, b.members),
  };
}

/** Two that differ at the same place are found out where they are compared with the keyring. */
function further(
  a: ConversationState['keyring'],
  b: ConversationState['keyring'],
): ConversationState['keyring'] {
  if (a.seq !== b.seq) return a.seq > b.seq ? a : b;
  return a.hash >= b.hash ? a : b;
}

/** Of two changes at the same time the one that says more: whichever device looks, it is the same one. */
function later<Change extends { readonly changedAtMs: number }>(
  a: Change,
  b: Change,
  rank: (change: Change) => number,
): Change {
  if (a.changedAtMs !== b.changedAtMs) return a.changedAtMs > b.changedAtMs ? a : b;
  return rank(a) >= rank(b) ? a : b;
}

function mergeMembers(a: readonly MemberPosition[], b: readonly MemberPosition[]): MemberPosition[] {
  const merged = new Map(a.map((one) => [one.accountId, one]));
  for (const one of b) {
    const other = merged.get(one.accountId) ?? one;
    merged.set(one.accountId, {
      accountId: one.accountId,
      delivered: Math.max(one.delivered, other.delivered),
      read: Math.max(one.read, other.read),
    });
  }
  return [...merged.values()].sort((x, y) => (x.accountId < y.accountId ? -1 : 1)).slice(0, membersLimit);
}

/** Whether all of it but the members' positions is the same. */
export function saysTheSame(a: ConversationState, b: ConversationState): boolean {
  const said = ({ members: _, ...rest }: ConversationState) => JSON.stringify(rest);
  return said(a) === said(b);
}

/** The plaintext of the item of the conversation that the server knows by `logId`. */
export function encodeItem(logId: ConversationId, state: ConversationState): Uint8Array {
  const value = { ...itemOf(state), conversationId: idToBytes(logId) };
  return toBinary(OwnItemSchema, create(OwnItemSchema, { kind: { case: 'conversation', value } }));
}

/** Null where it is none, or holds what cannot be: no device of this account made that. */
export function decodeItem(
  bytes: Uint8Array,
): { readonly logId: ConversationId; readonly state: ConversationState } | null {
  const kind = decodeMessage(OwnItemSchema, bytes)?.kind;
  if (kind?.case !== 'conversation') return null;
  const logId = idFromBytes<ConversationId>(kind.value.conversationId);
  const state = stateOf(kind.value);
  return logId === null || state === null ? null : { logId, state };
}

export function encodeMembers(members: readonly MemberPosition[]): Uint8Array {
  return toBinary(
    ConversationItemSchema,
    create(ConversationItemSchema, { members: itemOf({ ...noState, members }).members }),
  );
}

export function decodeMembers(bytes: Uint8Array): readonly MemberPosition[] {
  const item = decodeMessage(ConversationItemSchema, bytes);
  return item === null ? [] : (membersOf(item) ?? []);
}

function itemOf({ readSeq, members, archived, muted, pinned, history, keyring }: ConversationState) {
  return {
    readSeq: BigInt(readSeq),
    members: members.map(({ accountId, delivered, read }) => ({
      accountId: idToBytes(accountId),
      deliveredSeq: BigInt(delivered),
      readSeq: BigInt(read),
    })),
    archived: {
      changedAtMs: BigInt(archived.changedAtMs),
      archived: archived.archived,
      throughSeq: BigInt(archived.throughSeq),
    },
    muted: { changedAtMs: BigInt(muted.changedAtMs), untilMs: BigInt(muted.untilMs) },
    pinned: { changedAtMs: BigInt(pinned.changedAtMs), pinned: pinned.pinned },
    history: { changedAtMs: BigInt(history.changedAtMs), off: history.off },
    ...(keyring.seq === 0
      ? {}
      : { keyring: { seq: BigInt(keyring.seq), hash: Uint8Array.fromHex(keyring.hash) } }),
  };
}

function stateOf(item: ConversationItem): ConversationState | null {
  const { archived, muted, pinned, history } = item;
  const members = membersOf(item);
  const times = [
    archived?.changedAtMs,
    muted?.changedAtMs,
    muted?.untilMs,
    pinned?.changedAtMs,
    history?.changedAtMs,
  ];
  const isSound = times.every((timeMs = 0n) => timeMs <= BigInt(alwaysMuted));
  const seqs = [item.readSeq, archived?.throughSeq ?? 0n];
  if (!isSound || members === null || !seqs.every(isPlace)) return null;
  return {
    readSeq: Number(item.readSeq),
    members,
    archived: {
      changedAtMs: Number(archived?.changedAtMs ?? 0n),
      archived: archived?.archived ?? false,
      throughSeq: Number(archived?.throughSeq ?? 0n),
    },
    muted: { changedAtMs: Number(muted?.changedAtMs ?? 0n), untilMs: Number(muted?.untilMs ?? 0n) },
    pinned: { changedAtMs: Number(pinned?.changedAtMs ?? 0n), pinned: pinned?.pinned ?? false },
    history: { changedAtMs: Number(history?.changedAtMs ?? 0n), off: history?.off ?? false },
    keyring: keyringOf(item),
  };
}

function keyringOf({ keyring }: ConversationItem): ConversationState['keyring'] {
  const position = decodePosition(keyring);
  return position === null ? noState.keyring : { seq: position.seq, hash: position.hash.toHex() };
}

function membersOf({ members }: ConversationItem): MemberPosition[] | null {
  const known: MemberPosition[] = [];
  if (members.length > membersLimit) return null;
  for (const { accountId: id, deliveredSeq, readSeq } of members) {
    const accountId = idFromBytes<AccountId>(id);
    if (accountId === null || !isPlace(deliveredSeq) || !isPlace(readSeq)) return null;
    known.push({ accountId, delivered: Number(deliveredSeq), read: Number(readSeq) });
  }
  return mergeMembers([], known);
}

const isPlace = (seq: bigint): boolean => seq < BigInt(seqLimit);
