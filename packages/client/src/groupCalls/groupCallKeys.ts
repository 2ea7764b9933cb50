/**
 * Keys of a group's call on this device (spec/groupCalls.md, "Keys"): it follows those of the log, tells its frame worker, and
 * makes new ones where it is its turn. Invariant: a base that is not the newest is not stored.
 */
import {
  type DeviceRef,
  type GroupFrameMessage,
  groupCallBase,
  groupCallCheck,
  groupCallSecretSizeBytes,
  nextGroupCallBase,
  openGroupCallSecret,
  type Provider,
  sealGroupFrameMessage,
  shareGroupCallSecret,
} from '@sotto/crypto';
import { type CallId, limits, type TransactionId } from '@sotto/protocol';
import {
  type GroupCallLog,
  type GroupCallMember,
  type GroupCallRoster,
  needsGeneration,
} from './groupCallLog.ts';
import type { KeysMessage } from './groupCallMessage.ts';
import type { GroupCallState, IssuedKeys, KeyEvent, OwnBase, OwnJoin } from './groupCallState.ts';

/** A new generation is opened with at once, and sealed with once all had the time to take it. */
const generationDelayMs = 1_500;
/** Who leaves at about the same time is followed by one new generation. */
const batchMs = 500;
/** How long each waits for the one before it to make keys. */
const turnMs = 2_000;
/** Those whom nobody gave keys in so long make some: who has them may give them to nobody. */
const unservedMs = 10_000;

export interface Followed {
  readonly state: GroupCallState;
  /** For the frame worker, sealed to it. */
  readonly sealed: readonly Uint8Array[];
}

/** What the log says of keys and of who takes part, followed and told; null: there is nothing new. */
export async function followKeys(
  provider: Provider,
  state: GroupCallState,
  self: DeviceRef,
): Promise<Followed | null> {
  const { own, log, callId } = state;
  if (own === null || own.state !== 'in' || own.ordinal === null || log === null) return null;
  const messages: GroupFrameMessage[] = [];
  const known = new Set(own.toldOrdinals);
  const present = new Set(log.members.map(({ ordinal }) => ordinal));
  for (const { ordinal, accountId, deviceId, joinId } of log.members) {
    if (known.has(ordinal)) continue;
    const isSelf = ordinal === own.ordinal && deviceId === self.deviceId;
    const bytes = Uint8Array.fromHex(joinId);
    messages.push({ kind: 'participant', isSelf, ordinal, accountId, deviceId, joinId: bytes });
  }
  let { base, isKeyless } = own;
  for (const event of own.keyEvents) {
    const isFirst = base === null;
    base = await baseAfter(provider, callId, own, base, event);
    const hasKeys = base !== null;
    const member = log.members.find(({ ordinal }) => ordinal === own.ordinal);
    isKeyless = !hasKeys && (event.shared !== null || event.fresh !== null || member?.hasKeys === true);
    if (base === null) continue;
    const { generation, step } = base;
    const delayMs = step === 0 && !isFirst ? generationDelayMs : 0;
    messages.push({ kind: 'base', generation, step, delayMs, base: Uint8Array.fromHex(base.base) });
  }
  for (const ordinal of own.toldOrdinals) {
    if (!present.has(ordinal)) messages.push({ kind: 'gone', ordinal });
  }
  if (messages.length === 0 && own.keyEvents.length === 0) return null;
  const frameKey = Uint8Array.fromHex(own.frameKey);
  const sealed: Uint8Array[] = [];
  for (const message of messages) {
    const box = await sealGroupFrameMessage(provider, callId, frameKey, message);
    if (box !== null) sealed.push(box);
    if (message.kind === 'base') message.base.fill(0);
  }
  const toldOrdinals = log.members.map(({ ordinal }) => ordinal);
  return { state: { ...state, own: { ...own, base, isKeyless, keyEvents: [], toldOrdinals } }, sealed };
}

/** Null: this device was given nothing, or what does not open or fit. */
async function baseAfter(
  provider: Provider,
  callId: CallId,
  own: OwnJoin,
  before: OwnBase | null,
  event: KeyEvent,
): Promise<OwnBase | null> {
  const { generation, step, check, shared, fresh, exported } = event;
  const made = (base: Uint8Array): OwnBase => {
    const hex = base.toHex();
    base.fill(0);
    return { generation, step, base: hex };
  };
  if (step > 0 && before?.generation === generation) {
    let base: Uint8Array = Uint8Array.fromHex(before.base);
    for (let at = before.step; at < step; at += 1) {
      const next = nextGroupCallBase(provider, base);
      base.fill(0);
      base = next;
    }
    return isOf(provider, check, base) ? made(base) : null;
  }
  const ordinal = own.ordinal ?? 0;
  const secret =
    fresh !== null
      ? Uint8Array.fromHex(fresh)
      : shared === null
        ? null
        : await openGroupCallSecret(
            provider,
            Uint8Array.fromHex(own.sharePrivate),
            { callId, generation, step, ordinal },
            Uint8Array.fromHex(shared),
          );
  if (secret === null || !isOf(provider, check, secret)) return null;
  if (step > 0) return made(secret);
  if (exported === null) return null;
  const base = groupCallBase(provider, Uint8Array.fromHex(exported), secret);
  secret.fill(0);
  return made(base);
}

const isOf = (provider: Provider, check: string, secret: Uint8Array): boolean =>
  groupCallCheck(provider, secret).toHex() === check;

export interface KeysNeed {
  /** Changes with what is needed. */
  readonly name: string;
  readonly kind: 'generation' | 'step';
  /** From when it was first seen on: this device's turn. */
  readonly delayMs: number;
}

/** New keys that somebody has to make, and when it is this device's turn; null: none. */
export function keysNeeded({ own, log }: GroupCallState): KeysNeed | null {
  if (own === null || own.state !== 'in' || log === null || own.issued !== null) return null;
  if (own.keyEvents.length > 0) return null;
  const { keys, members, needsRenewal } = log;
  const self = members.find(({ ordinal }) => ordinal === own.ordinal);
  // The log shows to nobody else that this device has none: what it makes then counts as keys that nobody needed.
  const mayMakeNeedless = (self?.needlessKeys ?? 0) < limits.needlessKeysPerGroupCallJoin;
  const isKeyless = own.isKeyless && mayMakeNeedless;
  const isUnserved = members.some(({ hasKeys }) => !hasKeys);
  if (keys !== null && !needsRenewal && !isUnserved && !isKeyless) return null;
  const isAnew = isKeyless || needsGeneration(log);
  const hasBase = keys !== null && own.base?.generation === keys.generation && own.base.step === keys.step;
  const holders = members.filter(({ hasKeys }) => hasKeys);
  const others = members.filter(({ hasKeys }) => !hasKeys);
  const turnAmong = (those: readonly GroupCallMember[]): number =>
    those.findIndex(({ ordinal }) => ordinal === own.ordinal);
  const state = `${needsRenewal ? 'left ' : ''}${isUnserved ? 'new ' : ''}${isKeyless ? 'keyless' : ''}`;
  const name = `${keys?.generation ?? -1}.${keys?.step ?? 0} ${state}`;
  if (!isAnew && !hasBase) {
    const turn = turnAmong(others);
    return turn < 0 || !mayMakeNeedless
      ? null
      : { name, kind: 'generation', delayMs: unservedMs + turn * turnMs };
  }
  const turn = turnAmong(isAnew ? [...holders, ...others] : holders);
  if (turn < 0) return null;
  return {
    name,
    kind: isAnew ? 'generation' : 'step',
    delayMs: (needsRenewal ? batchMs : 0) + turn * turnMs,
  };
}

export interface MadeKeys {
  readonly message: KeysMessage;
  readonly issued: IssuedKeys;
}

/** `upToSeq`: the entry that the log was read up to. Null: this device cannot make them. */
export async function makeKeys(
  provider: Provider,
  { callId, own, log, beginning }: GroupCallState,
  kind: KeysNeed['kind'],
  { transactionId, upToSeq }: { readonly transactionId: TransactionId; readonly upToSeq: number },
): Promise<MadeKeys | null> {
  if (own === null || own.ordinal === null || log === null || beginning === null) return null;
  const { keys, members } = log;
  const isAnew = kind === 'generation';
  const generation = keys === null ? 0 : isAnew ? keys.generation + 1 : keys.generation;
  const step = keys === null || isAnew ? 0 : keys.step + 1;
  if (!isAnew && own.base === null) return null;
  const secret =
    isAnew || own.base === null
      ? provider.randomBytes(groupCallSecretSizeBytes)
      : nextGroupCallBase(provider, Uint8Array.fromHex(own.base.base));
  const served = members.filter(({ ordinal, hasKeys }) => ordinal !== own.ordinal && (isAnew || !hasKeys));
  const shares: { ordinal: number; shared: string }[] = [];
  for (const { ordinal, shareKey } of served) {
    const sharedFor = { callId, generation, step, ordinal };
    const shared = await shareGroupCallSecret(provider, Uint8Array.fromHex(shareKey), sharedFor, secret);
    if (shared !== null) shares.push({ ordinal, shared: shared.toHex() });
  }
  const isForNew = served.some(({ hasKeys, wantsRoster }) => !hasKeys && wantsRoster);
  const message: KeysMessage = {
    kind: 'keys',
    joinId: own.joinId,
    generation,
    step,
    check: groupCallCheck(provider, secret).toHex(),
    shares,
    roster: isForNew ? rosterOf(log, beginning, upToSeq) : null,
  };
  const fresh = isAnew ? secret.toHex() : null;
  secret.fill(0);
  return { message, issued: { transactionId, generation, step, fresh, exported: null } };
}

function rosterOf(log: GroupCallLog, start: GroupCallRoster['start'], upToSeq: number): GroupCallRoster {
  const { emptySinceMs: _, movedTo: __, ...said } = log;
  return { ...said, upToSeq, start };
}
