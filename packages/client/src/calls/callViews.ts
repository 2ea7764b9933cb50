/** What a device shows of its calls. */
import { callCode, type Provider } from '@sotto/crypto';
import { type AccountId, type CallId, limits } from '@sotto/protocol';
import type { AccountView } from '../api.ts';
import type { CallEnding, CallSignals, CallView } from '../apiCalls.ts';
import { conversationByKey } from '../conversations/conversationTable.ts';
import { isInGroupCall } from '../groupCalls/isInGroupCall.ts';
import type { Sql } from '../ports.ts';
import { isHere } from './applyCall.ts';
import type { CallState } from './callState.ts';
import { findCall, openCalls, readUpdates } from './callTable.ts';

export interface CallNames {
  readonly self: AccountId;
  account(id: AccountId): AccountView;
  now(): number;
  serverNow(): number;
  lostUntilMs(callId: CallId): number | null;
}

/** Calls that ring or go on, the oldest first. */
export function callViews(names: CallNames, sql: Sql): CallView[] {
  const rows = openCalls(sql).sort((a, b) => (a.state.invite?.atMs ?? 0) - (b.state.invite?.atMs ?? 0));
  const isInOther = rows.some(({ state }) => isHere(state) || isElsewhere(names.self, state));
  const isBusy = isInOther || isInGroupCall(sql, names.self);
  return rows.flatMap(({ key, state }) => {
    const { phase, caller, own, invite, callId, answeredAtMs } = state;
    if (phase === 'prepared' || phase === 'over' || own?.state === 'leaving') return [];
    const isIncoming = own?.role !== 'caller' && caller?.accountId !== names.self;
    const isRinging = phase !== 'answered' && own?.state !== 'asking';
    // The device that is in another call says so.
    if (isRinging && isIncoming && (isBusy || isRungOut(names, state))) return [];
    const row = conversationByKey(sql, key);
    if (row?.peerId == null) return [];
    const toLocalMs = names.now() - names.serverNow();
    const startMs = invite?.atMs ?? names.serverNow();
    return {
      callId,
      conversationId: row.conversationId,
      peer: names.account(row.peerId),
      isIncoming,
      hasVideo: state.hasVideo,
      phase: isRinging ? 'ringing' : 'ongoing',
      device: own !== null ? 'here' : isIncoming && isRinging ? state.expected : 'elsewhere',
      ringsUntilMs: startMs + limits.callRingLifetimeMs + toLocalMs,
      answeredAtMs: answeredAtMs === null ? null : answeredAtMs + toLocalMs,
      rejoinUntilMs: own?.state === 'in' && phase === 'answered' ? names.lostUntilMs(callId) : null,
    };
  });
}

function isRungOut({ serverNow }: CallNames, { invite, hasRungOut }: CallState): boolean {
  return hasRungOut || (invite !== null && serverNow() >= invite.atMs + limits.callRingLifetimeMs);
}

/** Another device of the account is in the call. */
function isElsewhere(self: AccountId, { phase, own, caller, answerer }: CallState): boolean {
  if (own !== null) return false;
  if (phase === 'ringing') return caller?.accountId === self;
  return phase === 'answered' && (caller?.accountId === self || answerer?.accountId === self);
}

/** Whether this account is in a call between two, here or elsewhere; `except`: in another one than that. */
export function isInCall(sql: Sql, self: AccountId, nowMs: number, except?: CallId): boolean {
  return openCalls(sql).some(
    ({ state }) =>
      state.callId !== except &&
      (isHere(state) || (isElsewhere(self, state) && nowMs < (state.invite?.atMs ?? 0) + longestOf(state))),
  );
}

const longestOf = ({ phase }: CallState): number =>
  phase === 'ringing' ? limits.callAnswerLifetimeMs : limits.callLifetimeMs;

const unknown: CallSignals = { join: 0, updates: [], frameKeys: [], code: null, ended: { kind: 'gone' } };

/** What has come for who holds the call's media. */
export function callSignals(provider: Pick<Provider, 'hkdf'>, sql: Sql, callId: CallId): CallSignals {
  const row = findCall(sql, callId);
  if (row === null) return unknown;
  const { state } = row;
  const { own } = state;
  const endedBy = endingOf(state);
  return {
    join: own?.joinNumber ?? 0,
    updates: endedBy === null ? readUpdates(sql, callId) : [],
    frameKeys: (own?.sealedKeys ?? []).map((sealed) => Uint8Array.fromHex(sealed)),
    code: codeOf(provider, state),
    ended: endedBy,
  };
}

function endingOf({ phase, own, over }: CallState): CallEnding | null {
  if (own?.leftBy !== undefined) return { kind: own.leftBy };
  if (phase === 'over') {
    if (over?.kind === 'joinOther' && over.callId !== undefined)
      return { kind: 'joinOther', callId: over.callId };
    return over === null || over.kind === 'joinOther' ? { kind: 'gone' } : { kind: over.kind };
  }
  return phase === 'answered' && own === null ? { kind: 'answeredElsewhere' } : null;
}

/** Of the first joins: whoever comes back with another certificate changes nothing in it. */
function codeOf(provider: Pick<Provider, 'hkdf'>, { base, caller, answerer, own }: CallState): string | null {
  if (base === null || caller === null || answerer === null || own === null) return null;
  const fingerprints = [caller, answerer].map(({ firstFingerprint }) => Uint8Array.fromHex(firstFingerprint));
  return callCode(provider, Uint8Array.fromHex(base), fingerprints[0]!, fingerprints[1]!);
}
