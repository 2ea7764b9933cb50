/** Commands about calls (apiCalls.ts). Each stores what it does and what is to be said in one transaction; the log does the rest. */
import { callCommitment, callSecretSizeBytes, frameKeySizeBytes, joinIdSizeBytes } from '@sotto/crypto';
import {
  type CallId,
  type ConversationId,
  limits,
  Connection as Methods,
  type TransactionId,
} from '@sotto/protocol';
import type { Outcome } from '../api.ts';
import type { CallProblem, CallServer, CallSetup, CallStart, CallUpdate, OpenedCall } from '../apiCalls.ts';
import {
  type ConversationRow,
  conversationByKey,
  findConversation,
} from '../conversations/conversationTable.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import type { Step } from '../device/steps.ts';
import { isInGroupCall } from '../groupCalls/isInGroupCall.ts';
import { isPeerReplaced } from '../identity/replacedTable.ts';
import type { Sql } from '../ports.ts';
import { type CallScene, isHere, say, store } from './applyCall.ts';
import { takeBack } from './callItem.ts';
import { isCandidates, isDescription } from './callMessage.ts';
import { type CallState, newCall, type OwnPart, updateIdsKept } from './callState.ts';
import { endCallIn } from './calls.ts';
import { type CallRow, deleteCall, deleteUpdates, findCall } from './callTable.ts';
import { isInCall } from './callViews.ts';
import { fingerprintOf } from './fingerprint.ts';
import { alwaysRelay } from './relayChoice.ts';

type Answer<Value> = Promise<Outcome<Value, CallProblem>>;

const problem = (kind: Exclude<CallProblem, { limit: number } | { code: unknown }>['kind']) =>
  ({ kind: 'problem', problem: { kind } }) as const;
const done = { kind: 'ok', value: null } as const;
const tooLarge = (limit: number) => ({ kind: 'problem', problem: { kind: 'tooLarge', limit } }) as const;

export async function prepareCall(device: DeviceContext, conversationId: ConversationId): Answer<CallSetup> {
  const found = device.database.read((sql) => mayCall(device, sql, conversationId));
  if ('problem' in found) return { kind: 'problem', problem: found.problem };
  const { row } = found;
  if (device.database.read((sql) => isInAnyCall(device, sql))) {
    return problem('inCall');
  }
  const callId = randomId<CallId>(device.provider);
  const state = newCall(callId, device.provider.randomBytes(16).toHex());
  const servers = await openServers(device, state);
  if (servers.kind === 'problem') return servers;
  await device.steps.run((step) =>
    step.commit((sql, changes) => store({ device, sql, changes, row }, state)),
  );
  return { kind: 'ok', value: setupOf(device, row, state, servers.value) };
}

/** The conversation, where it is one to call in. */
function mayCall(
  device: DeviceContext,
  sql: Sql,
  conversationId: ConversationId,
): { readonly row: ConversationRow } | { readonly problem: CallProblem } {
  const row = findConversation(sql, conversationId);
  if (row === null) return { problem: { kind: 'unknownConversation' } };
  if (row.kind !== 'direct' || row.peerId === device.self.accountId)
    return { problem: { kind: 'notDirect' } };
  if (isPeerReplaced(sql, row.key)) return { problem: { kind: 'peerReplaced' } };
  return row.state === 'removed' ? { problem: { kind: 'ended' } } : { row };
}

const isInAnyCall = ({ self, serverClock }: DeviceContext, sql: Sql): boolean =>
  isInCall(sql, self.accountId, serverClock.nowMs()) || isInGroupCall(sql, self.accountId);

async function openServers(device: DeviceContext, { relayTag }: CallState): Answer<readonly CallServer[]> {
  const result = await device.connection.call(Methods.method.openRelay, {
    relayTag: Uint8Array.fromHex(relayTag),
  });
  if (result.kind === 'lost') return problem('offline');
  if (result.kind === 'error') {
    return { kind: 'problem', problem: { kind: 'refused', code: result.error.code } };
  }
  const value = result.value.servers.map(({ urls, username, credential }) => ({
    urls,
    username,
    credential,
  }));
  return { kind: 'ok', value };
}

function setupOf(
  device: DeviceContext,
  row: ConversationRow,
  state: CallState,
  servers: readonly CallServer[],
): CallSetup {
  const { own, caller, answerer, callId, hasVideo } = state;
  const isCaller = caller === null ? own?.role !== 'answerer' : caller.deviceId === device.self.deviceId;
  const isRelayOnly = device.database.read(
    (sql) => alwaysRelay(sql) || (hasRelay(servers) && isStranger(sql, device, row)),
  );
  const remoteJoin = (isCaller ? answerer : caller)?.joinNumber ?? 0;
  return { callId, isCaller, hasVideo, servers, isRelayOnly, remoteJoin };
}

const hasRelay = (servers: readonly CallServer[]): boolean =>
  servers.some(({ urls }) => urls.some((url) => /^turns?:/i.test(url)));

/** This account has never written to it, nor taken a call of it: by what it did itself, and not by what the other side says. */
function isStranger(sql: Sql, { self }: DeviceContext, row: ConversationRow): boolean {
  return (
    sql.get(
      `SELECT 1 FROM message WHERE conversation = ?1 AND (
         (sender_id = ?2 AND body_kind IN ('text', 'deleted'))
         OR (body_kind = 'call' AND sender_id <> ?2 AND json_extract(detail, '$.outcome') = 'answered'
             AND json_extract(detail, '$.isTaken'))) LIMIT 1`,
      row.key,
      self.accountId,
    ) === undefined
  );
}

export function startCall(device: DeviceContext, start: CallStart): Answer<null> {
  const refused = refusedStart(start);
  if (refused !== null) return Promise.resolve(refused);
  return inCall(device, start.callId, async (step, row, state) => {
    if (state.own?.role === 'caller') return done;
    if (state.phase !== 'prepared') return problem('unknownCall');
    const found = step.read((sql) => mayCall(device, sql, row.conversationId));
    if ('problem' in found) return { kind: 'problem', problem: found.problem };
    if (step.read((sql) => isInAnyCall(device, sql))) {
      return problem('inCall');
    }
    if (!device.connection.isReady) return problem('offline');
    const own = newPart(device, 'caller', 'in', start);
    await step.commit((sql, changes) => {
      const scene: CallScene = { device, sql, changes, row };
      store(scene, { ...state, phase: 'inviting', hasVideo: start.hasVideo, own });
      say(scene, row.key, {
        kind: 'invite',
        callId: start.callId,
        joinId: own.joinId,
        commitment: callCommitment(device.provider, Uint8Array.fromHex(own.secret)).toHex(),
        offer: start.description,
        hasVideo: start.hasVideo,
        relayTag: state.relayTag,
      });
    });
    return done;
  });
}

function newPart(
  { provider }: DeviceContext,
  role: OwnPart['role'],
  state: OwnPart['state'],
  { frameKey }: CallStart,
): OwnPart {
  return {
    role,
    state,
    secret: provider.randomBytes(callSecretSizeBytes).toHex(),
    joinId: provider.randomBytes(joinIdSizeBytes).toHex(),
    joinNumber: 0,
    revision: 0,
    frameKey: frameKey.toHex(),
    updateIds: [],
    sealedKeys: [],
    sealedFor: '',
  };
}

export async function openCall(device: DeviceContext, callId: CallId): Answer<OpenedCall> {
  const found = device.database.read((sql) => ringing(device, sql, callId));
  if ('kind' in found) return found;
  const servers = await openServers(device, found.state);
  if (servers.kind === 'problem') return servers;
  const { row, state } = found;
  return {
    kind: 'ok',
    value: { ...setupOf(device, row, state, servers.value), offer: state.invite?.offer ?? '' },
  };
}

/** A call that this device may answer. */
function ringing(
  device: DeviceContext,
  sql: Sql,
  callId: CallId,
): { readonly row: ConversationRow; readonly state: CallState } | ReturnType<typeof problem> {
  const call = findCall(sql, callId);
  const row = call === null ? null : conversationByKey(sql, call.key);
  if (call === null || row === null) return problem('unknownCall');
  // Nobody learns an address of who is not to be written to either.
  if (isPeerReplaced(sql, row.key)) return problem('peerReplaced');
  const { state } = call;
  const { self } = device;
  if (state.phase === 'answered' && state.answerer?.deviceId !== self.deviceId) {
    return problem(state.answerer?.accountId === self.accountId ? 'answeredElsewhere' : 'unknownCall');
  }
  const isIncoming = state.caller !== null && state.caller.accountId !== self.accountId;
  return state.phase === 'ringing' && isIncoming && !state.hasRungOut
    ? { row, state }
    : problem('unknownCall');
}

export function answerCall(device: DeviceContext, start: CallStart): Answer<null> {
  const refused = refusedStart(start);
  if (refused !== null) return Promise.resolve(refused);
  return inCall(device, start.callId, async (step, row, state) => {
    if (state.own?.role === 'answerer' && state.own.state !== 'leaving') return done;
    const found = step.read((sql) => ringing(device, sql, start.callId));
    if ('kind' in found) return found;
    if (step.read((sql) => isInAnyCall(device, sql))) {
      return problem('inCall');
    }
    const own = newPart(device, 'answerer', 'asking', start);
    await step.commit((sql, changes) => {
      const scene: CallScene = { device, sql, changes, row };
      store(scene, { ...state, own });
      say(scene, row.key, {
        kind: 'answer',
        callId: start.callId,
        joinId: own.joinId,
        secret: own.secret,
        answer: start.description,
        hasVideo: start.hasVideo,
      });
    });
    return done;
  });
}

export async function declineCall(device: DeviceContext, callId: CallId): Promise<void> {
  await inCall(device, callId, async (step, row, state) => {
    const isIncoming = state.caller !== null && state.caller.accountId !== device.self.accountId;
    if (state.phase !== 'ringing' || !isIncoming || state.own !== null || state.isBlocked) return done;
    await step.commit((sql, changes) => {
      const scene: CallScene = { device, sql, changes, row };
      // It rings here no more, whatever the log says first.
      store(scene, { ...state, hasRungOut: true });
      endCallIn(scene, { ...state, hasRungOut: true }, 'declined', device.serverClock.nowMs());
    });
    return done;
  });
}

export async function endCall(device: DeviceContext, callId: CallId, reason?: 'failed'): Promise<void> {
  await inCall(device, callId, async (step, row, state) => {
    if (state.phase === 'over' || state.own?.state === 'leaving') return done;
    await step.commit((sql, changes) => {
      const scene: CallScene = { device, sql, changes, row };
      const isUntold = state.phase === 'prepared' || takeBack(sql, row.key, callId);
      if (isUntold && state.invite === null) {
        // Nobody was told of it.
        deleteCall(sql, callId);
        changes.call(callId);
        return;
      }
      const isCaller = state.caller === null || state.caller.accountId === device.self.accountId;
      const isAnswered = state.phase === 'answered' || state.own?.state === 'asking';
      const outcome = isAnswered ? 'answered' : isCaller ? 'cancelled' : 'declined';
      endCallIn(scene, state, reason ?? outcome, device.serverClock.nowMs());
    });
    return done;
  });
}

export async function rejoinCall(device: DeviceContext, callId: CallId): Answer<CallSetup> {
  const call = device.database.read((sql) => findCall(sql, callId));
  const row = call === null ? null : device.database.read((sql) => conversationByKey(sql, call.key));
  if (call === null || row === null || !isIn(call)) return problem('unknownCall');
  const servers = await openServers(device, call.state);
  if (servers.kind === 'problem') return servers;
  return { kind: 'ok', value: setupOf(device, row, call.state, servers.value) };
}

const isIn = ({ state }: CallRow): boolean => state.phase === 'answered' && state.own?.state === 'in';

export function resumeCall(device: DeviceContext, start: CallStart): Answer<null> {
  const refused = refusedStart(start);
  if (refused !== null) return Promise.resolve(refused);
  return inCall(device, start.callId, async (step, row, state) => {
    const { own } = state;
    if (own === null || state.phase !== 'answered' || own.state !== 'in') return problem('unknownCall');
    const frameKey = start.frameKey.toHex();
    if (own.frameKey === frameKey) return done;
    if (own.joinNumber + 1 >= limits.joinsPerCall) {
      return { kind: 'problem', problem: { kind: 'tooManyUpdates', limit: limits.joinsPerCall } };
    }
    const next: OwnPart = {
      ...own,
      joinId: device.provider.randomBytes(joinIdSizeBytes).toHex(),
      joinNumber: own.joinNumber + 1,
      revision: 1,
      frameKey,
      sealedKeys: [],
      sealedFor: '',
    };
    await step.commit((sql, changes) => {
      const scene: CallScene = { device, sql, changes, row };
      deleteUpdates(sql, start.callId);
      store(scene, { ...state, own: next });
      say(scene, row.key, {
        kind: 'update',
        callId: start.callId,
        joinId: next.joinId,
        toJoinId: '',
        revision: 1,
        description: { type: 'offer', sdp: start.description },
        candidates: [],
        media: null,
        video: null,
      });
    });
    return done;
  });
}

export function updateCall(
  device: DeviceContext,
  callId: CallId,
  update: CallUpdate,
  updateId: TransactionId = randomId<TransactionId>(device.provider),
): Answer<null> {
  const { description, candidates = [] } = update;
  if (description !== undefined) {
    const refused = refusedDescription(description.sdp);
    if (refused !== null) return Promise.resolve(refused);
  }
  if (!isCandidates(candidates)) return Promise.resolve(tooLarge(limits.callCandidateSizeBytes));
  return inCall(device, callId, async (step, row, state) => {
    const { own, caller, answerer } = state;
    if (own === null || !isHere(state)) return problem('unknownCall');
    if (own.updateIds.includes(updateId)) return done;
    if (own.revision >= limits.updatesPerCallJoin) {
      return { kind: 'problem', problem: { kind: 'tooManyUpdates', limit: limits.updatesPerCallJoin } };
    }
    const peer = own.role === 'caller' ? answerer : caller;
    const revision = own.revision + 1;
    const updateIds = [...own.updateIds, updateId].slice(-updateIdsKept);
    await step.commit((sql, changes) => {
      const scene: CallScene = { device, sql, changes, row };
      store(scene, { ...state, own: { ...own, revision, updateIds } });
      // It is for a join that is over: nobody needs it.
      if (peer !== null && update.join !== peer.joinNumber) return;
      say(
        scene,
        row.key,
        {
          kind: 'update',
          callId,
          joinId: own.joinId,
          toJoinId: peer?.joinId ?? '',
          revision,
          description: description ?? null,
          candidates,
          media: update.media ?? null,
          video: update.video ?? null,
          ...(update.movedTo === undefined ? {} : { movedTo: update.movedTo }),
        },
        updateId,
      );
    });
    return done;
  });
}

export async function readCallServers(device: DeviceContext, callId: CallId): Answer<readonly CallServer[]> {
  const call = device.database.read((sql) => findCall(sql, callId));
  if (call === null || call.state.phase === 'over') return problem('unknownCall');
  return openServers(device, call.state);
}

/** A step about one call, in its conversation. What it queued is sent. */
function inCall(
  device: DeviceContext,
  callId: CallId,
  run: (step: Step, row: ConversationRow, state: CallState) => Answer<null>,
): Answer<null> {
  return device.steps.run(async (step): Answer<null> => {
    const { call, row } = step.read((sql) => {
      const found = findCall(sql, callId);
      return { call: found, row: found === null ? null : conversationByKey(sql, found.key) };
    });
    if (call === null || row === null) return problem('unknownCall');
    return run(step, row, call.state);
  });
}

function refusedStart({ description, frameKey }: CallStart): Awaited<Answer<null>> | null {
  if (frameKey.length !== frameKeySizeBytes) return problem('malformedDescription');
  return refusedDescription(description);
}

function refusedDescription(sdp: string): (Awaited<Answer<null>> & { readonly kind: 'problem' }) | null {
  if (fingerprintOf(sdp) === null) return problem('malformedDescription');
  return isDescription(sdp) ? null : tooLarge(limits.callDescriptionSizeBytes);
}
