/**
 * What an account's devices tell each other of one conversation, and how what two of them say becomes one
 * (spec/history.md, "Account items"). Invariant: merging is commutative, associative and idempotent, so all devices
 * come to the same in whatever order values reach them, also twice or old ones again.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { isTimer } from '@sotto/crypto';
import {
  type AccountId,
  type ConversationId,
  type ConversationItem,
  ConversationItemSchema,
  idFromBytes,
  idFromText,
  idToBytes,
  limits,
  OwnItemSchema,
  type TransactionId,
} from '@sotto/protocol';
import { alwaysMuted } from '../api.ts';
import { decodeMessage } from '../connection/decodeFrame.ts';
import { type DisplayedStep, mergeDisplayed, stepsLimit } from '../disappearing/displayed.ts';
import { decodePosition } from '../messages/content.ts';
import { decodeRef, encodeRef, type MessageRef, refKey } from '../messages/messageRef.ts';
import { textSizeBytes } from '../messages/textContent.ts';
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
  /** Of a group: what it is called since the commit at this entry; `seq` 0: not known. */
  readonly title: { readonly seq: number; readonly name: string };
  /** Deleted by the account, up to this entry of the log. */
  readonly forgotten: { readonly changedAtMs: number; readonly throughSeq: number };
  /** What is being written, and what that answers: account and id as one text, or empty. */
  readonly draft: { readonly changedAtMs: number; readonly text: string; readonly replyTo: string };
  /** Of the account as a whole: whether it keeps to itself what it has read. */
  readonly receipts: { readonly changedAtMs: number; readonly off: boolean };
  /** Whether it is to show as unread, whatever was read. */
  readonly unread: { readonly changedAtMs: number; readonly unread: boolean };
  /** When its disappearing messages were first shown. */
  readonly displayed: readonly DisplayedStep[];
  /** Of the account as a whole: the timer that new conversations begin with. */
  readonly timer: { readonly changedAtMs: number; readonly seconds: number };
  /** Of the account as a whole: whether its calls never go directly. */
  readonly relay: { readonly changedAtMs: number; readonly always: boolean };
  /** Of a direct conversation: whether the other account's calls ring nowhere. */
  readonly calls: { readonly changedAtMs: number; readonly off: boolean };
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
  title: { seq: 0, name: '' },
  forgotten: { changedAtMs: 0, throughSeq: 0 },
  draft: { changedAtMs: 0, text: '', replyTo: '' },
  receipts: { changedAtMs: 0, off: false },
  unread: { changedAtMs: 0, unread: false },
  displayed: [],
  timer: { changedAtMs: 0, seconds: 0 },
  relay: { changedAtMs: 0, always: false },
  calls: { changedAtMs: 0, off: false },
  members: [],
};

/** So many members' positions are kept of one conversation: in larger ones not all of them are told. */
const membersLimit = 32;
/** A longer draft stays on its device. */
export const draftSizeBytes = 4 * 1024;
const replyLength = 64;

export function mergeStates(a: ConversationState, b: ConversationState): ConversationState {
  return {
    readSeq: Math.max(a.readSeq, b.readSeq),
    archived: later(a.archived, b.archived, (one) => Number(one.archived) * seqLimit + one.throughSeq),
    muted: later(a.muted, b.muted, (one) => one.untilMs),
    pinned: later(a.pinned, b.pinned, (one) => Number(one.pinned)),
    history: later(a.history, b.history, (one) => Number(one.off)),
    keyring: further(a.keyring, b.keyring, (one) => one.hash),
    title: further(a.title, b.title, (one) => one.name),
    forgotten: later(a.forgotten, b.forgotten, (one) => one.throughSeq),
    draft: later(a.draft, b.draft, (one) => one.replyTo + one.text),
    receipts: later(a.receipts, b.receipts, (one) => Number(one.off)),
    unread: later(a.unread, b.unread, (one) => Number(one.unread)),
    displayed: mergeDisplayed(a.displayed, b.displayed),
    timer: later(a.timer, b.timer, (one) => one.seconds),
    relay: later(a.relay, b.relay, (one) => Number(one.always)),
    calls: later(a.calls, b.calls, (one) => Number(one.off)),
    members: mergeMembers(a.members, b.members),
  };
}

/** Two that differ at the same place are found out where they are compared with the keyring. */
function further<Place extends { readonly seq: number }>(
  a: Place,
  b: Place,
  rank: (one: Place) => string,
): Place {
  if (a.seq !== b.seq) return a.seq > b.seq ? a : b;
  return rank(a) >= rank(b) ? a : b;
}

/** Of two changes at the same time the one that says more: whichever device looks, it is the same one. */
function later<Change extends { readonly changedAtMs: number }>(
  a: Change,
  b: Change,
  rank: (change: Change) => number | string,
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

function itemOf(state: ConversationState) {
  const {
    readSeq,
    members,
    archived,
    muted,
    pinned,
    history,
    keyring,
    title,
    forgotten,
    draft,
    receipts,
    unread,
    displayed,
    timer,
    relay,
    calls,
  } = state;
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
    ...(title.seq === 0 ? {} : { title: { seq: BigInt(title.seq), name: title.name } }),
    ...(forgotten.changedAtMs === 0 && forgotten.throughSeq === 0
      ? {}
      : {
          forgotten: {
            changedAtMs: BigInt(forgotten.changedAtMs),
            throughSeq: BigInt(forgotten.throughSeq),
          },
        }),
    ...(draft.changedAtMs === 0 ? {} : { draft: encodedDraft(draft) }),
    ...(receipts.changedAtMs === 0
      ? {}
      : { receipts: { changedAtMs: BigInt(receipts.changedAtMs), off: receipts.off } }),
    ...(unread.changedAtMs === 0
      ? {}
      : { unread: { changedAtMs: BigInt(unread.changedAtMs), unread: unread.unread } }),
    displayed: displayed.map(({ throughSeq, atMs }) => ({
      throughSeq: BigInt(throughSeq),
      atMs: BigInt(atMs),
    })),
    ...(timer.changedAtMs === 0
      ? {}
      : { timer: { changedAtMs: BigInt(timer.changedAtMs), seconds: timer.seconds } }),
    ...(relay.changedAtMs === 0
      ? {}
      : { relay: { changedAtMs: BigInt(relay.changedAtMs), always: relay.always } }),
    ...(calls.changedAtMs === 0 ? {} : { calls: { changedAtMs: BigInt(calls.changedAtMs), off: calls.off } }),
    ...(keyring.seq === 0
      ? {}
      : { keyring: { seq: BigInt(keyring.seq), hash: Uint8Array.fromHex(keyring.hash) } }),
  };
}

function stateOf(item: ConversationItem): ConversationState | null {
  const { archived, muted, pinned, history, title, forgotten, draft, receipts, unread, timer, relay, calls } =
    item;
  const members = membersOf(item);
  const times = [
    archived?.changedAtMs,
    muted?.changedAtMs,
    muted?.untilMs,
    pinned?.changedAtMs,
    history?.changedAtMs,
    forgotten?.changedAtMs,
    draft?.changedAtMs,
    receipts?.changedAtMs,
    unread?.changedAtMs,
    timer?.changedAtMs,
    relay?.changedAtMs,
    calls?.changedAtMs,
  ];
  const isSound = times.every((timeMs = 0n) => timeMs <= BigInt(alwaysMuted));
  const seqs = [item.readSeq, archived?.throughSeq ?? 0n, title?.seq ?? 0n, forgotten?.throughSeq ?? 0n];
  if ((title?.name.length ?? 0) > limits.groupNameLength) return null;
  if (textSizeBytes(draft?.text ?? '') > draftSizeBytes) return null;
  const displayed = displayedOf(item);
  if (displayed === null || !isTimer(timer?.seconds ?? 0)) return null;
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
    title: { seq: Number(title?.seq ?? 0n), name: title?.name ?? '' },
    forgotten: {
      changedAtMs: Number(forgotten?.changedAtMs ?? 0n),
      throughSeq: Number(forgotten?.throughSeq ?? 0n),
    },
    draft: draftOf(item),
    receipts: { changedAtMs: Number(receipts?.changedAtMs ?? 0n), off: receipts?.off ?? false },
    unread: { changedAtMs: Number(unread?.changedAtMs ?? 0n), unread: unread?.unread ?? false },
    displayed,
    timer: { changedAtMs: Number(timer?.changedAtMs ?? 0n), seconds: timer?.seconds ?? 0 },
    relay: { changedAtMs: Number(relay?.changedAtMs ?? 0n), always: relay?.always ?? false },
    calls: { changedAtMs: Number(calls?.changedAtMs ?? 0n), off: calls?.off ?? false },
  };
}

function encodedDraft({ changedAtMs, text, replyTo }: ConversationState['draft']) {
  const ref = refOfKey(replyTo);
  return { changedAtMs: BigInt(changedAtMs), text, ...(ref === null ? {} : { replyTo: encodeRef(ref) }) };
}

function draftOf({ draft }: ConversationItem): ConversationState['draft'] {
  const ref = decodeRef(draft?.replyTo);
  return {
    changedAtMs: Number(draft?.changedAtMs ?? 0n),
    text: draft?.text ?? '',
    replyTo: ref === null ? '' : refKey(ref),
  };
}

/** The message that a draft answers, of how it is stored. */
export function refOfKey(key: string): MessageRef | null {
  if (key.length !== replyLength) return null;
  const accountId = idFromText<AccountId>(key.slice(0, replyLength / 2));
  const transactionId = idFromText<TransactionId>(key.slice(replyLength / 2));
  return accountId === null || transactionId === null ? null : { accountId, transactionId };
}

function keyringOf({ keyring }: ConversationItem): ConversationState['keyring'] {
  const position = decodePosition(keyring);
  return position === null ? noState.keyring : { seq: position.seq, hash: position.hash.toHex() };
}

function displayedOf({ displayed }: ConversationItem): readonly DisplayedStep[] | null {
  const isSound = displayed.every(
    ({ throughSeq, atMs }) => isPlace(throughSeq) && throughSeq > 0n && atMs <= BigInt(alwaysMuted),
  );
  if (displayed.length > stepsLimit || !isSound) return null;
  const steps = displayed.map(({ throughSeq, atMs }) => ({
    throughSeq: Number(throughSeq),
    atMs: Number(atMs),
  }));
  return mergeDisplayed(steps, []);
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
