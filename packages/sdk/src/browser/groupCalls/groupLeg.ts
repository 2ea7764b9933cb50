/**
 * This device's part in a group call from the engine's side: joins, hands keys to the frame worker, and tells and hears what is
 * said. One leg is one join; its frame worker, keys and certificate end with it.
 */
import type {
  CallsApi,
  GroupCallEnding as EngineEnding,
  GroupCallMedia,
  GroupCallProblem,
  GroupCallSignals,
  GroupCallsApi,
  Outcome,
  SottoApi,
} from '@sotto/client/api';
import type { CallId, ConversationId } from '@sotto/protocol';
import { countFrames } from '../callMedia/countFrames.ts';
import { createJoinSecrets } from '../callMedia/joinSecrets.ts';
import type { LinkState } from '../callMedia/linkState.ts';
import type { FrameStatistics } from '../callMedia/mediaTypes.ts';
import { watchNetwork } from '../callMedia/networkChanges.ts';
import { quietly } from '../callMedia/quietly.ts';
import type { FrameWorker } from '../calls/frames/frameWorker.ts';
import type { JoinId } from './groupCallSession.ts';
import { isWithoutRelay, joinPatiently } from './joinPatiently.ts';
import { createRelaySeat, type RelaySeat } from './relaySeat.ts';

export type GroupCallsPort = GroupCallsApi & Pick<CallsApi, 'updateCall'> & Pick<SottoApi, 'watch'>;

export type GroupLegStart =
  | {
      readonly kind: 'start';
      readonly conversationId: ConversationId;
      readonly hasVideo: boolean;
      readonly rings?: boolean;
      readonly movesFrom?: CallId;
    }
  | {
      readonly kind: 'join';
      readonly callId: CallId;
      readonly movesFrom?: CallId;
    };

/** Why a leg ended by itself. */
export type GroupLegEnding =
  | EngineEnding
  | { readonly kind: 'insecure' | 'unsupported' | 'gaveUp' }
  | { readonly kind: 'refused'; readonly problem: GroupCallProblem };

export interface GroupLegEvents {
  opened(callId: CallId): void;
  joined(joinId: JoinId): void;
  signalled(signals: GroupCallSignals): void;
  linkChanged(state: LinkState): void;
  /** Of what is received, or of what others want of this side. */
  changed(): void;
  /** Once, unless `close` comes first; everything is let go of. */
  ended(ending: GroupLegEnding): void;
}

export interface GroupLeg {
  /** Null before there is anything to join with. */
  readonly seat: RelaySeat | null;
  /** What this side sends; told to the others where it differs from what they know. */
  tell(media: GroupCallMedia): void;
  frames(): Promise<FrameStatistics>;
  /** Lets go of everything. `leaves`: and tells the others. */
  close(leaves: boolean): void;
}

const noFrames: FrameStatistics = { sealed: 0, opened: 0, notSealed: 0, notOpened: 0 };

export function createGroupLeg(
  sotto: GroupCallsPort,
  start: GroupLegStart,
  first: GroupCallMedia,
  events: GroupLegEvents,
): GroupLeg {
  let callId = start.kind === 'start' ? null : start.callId;
  let worker: FrameWorker | null = null;
  let seat: RelaySeat | null = null;
  let joinId: JoinId | null = null;
  let roomRevision = 0;
  let keysTaken = 0;
  let eventTaken: GroupCallSignals['seatEvent'] = null;
  let media = first;
  let toldMedia = '';
  let isClosed = false;
  let stopSignals = (): void => {};
  let stopNetwork = (): void => {};

  async function open(): Promise<void> {
    const making = createJoinSecrets();
    const begun = await begin();
    const secrets = await making;
    if (isClosed) {
      secrets?.worker.close();
      return;
    }
    if (secrets === null) return end({ kind: 'unsupported' });
    const { worker: frames, certificate } = secrets;
    worker = frames;
    void frames.failed.then(() => end({ kind: 'gaveUp' }));
    if (begun.kind === 'problem') return end({ kind: 'refused', problem: begun.problem });
    const { callId: id } = begun.value;
    callId = id;
    events.opened(id);
    if (isClosed) return;
    toldMedia = JSON.stringify(media);
    const join = {
      callId: id,
      frameKey: frames.frameKey,
      media,
      ...(start.movesFrom === undefined ? {} : { movesFrom: start.movesFrom }),
    };
    const joining = joinPatiently(
      () => sotto.joinGroupCall(join),
      () => isClosed,
    );
    // The connection is made ready meanwhile; what it asks of the relay waits for the join.
    const isJoined = joining.then(
      ({ kind }) => kind === 'ok',
      () => false,
    );
    seat = createRelaySeat(
      { certificate, frames, ask: async (request) => ((await isJoined) ? ask(id, request) : null) },
      {
        linkChanged: events.linkChanged,
        changed: events.changed,
        gaveUp: () => end({ kind: 'gaveUp' }),
        insecure: () => end({ kind: 'insecure' }),
        unsupported: () => end({ kind: 'unsupported' }),
      },
    );
    seat.connect();
    const joined = await joining;
    if (isClosed) {
      // Left meanwhile, when the engine did not know of it yet. What was refused may be another page's to leave.
      if (joined.kind === 'ok') void quietly(sotto.leaveGroupCall(id));
      return;
    }
    if (joined.kind === 'problem') {
      const { problem } = joined;
      return end(isWithoutRelay(problem) ? { kind: 'gaveUp' } : { kind: 'refused', problem });
    }
    joinId = joined.value.joinId;
    roomRevision = joined.value.roomRevision;
    events.joined(joinId);
    stopNetwork = watchNetwork(() => seat?.networkChanged());
    stopSignals = sotto.watch({ kind: 'groupCallSignals', callId: id }, signalled);
    // The first signals come before `watch` returns, and may have been the last: who goes on watching holds the call.
    if (isClosed) stopSignals();
  }

  async function begin(): Promise<Outcome<{ readonly callId: CallId }, GroupCallProblem>> {
    if (start.kind !== 'start') return { kind: 'ok', value: { callId: start.callId } };
    const { kind: _kind, ...said } = start;
    return sotto.startGroupCall(said);
  }

  async function ask(id: CallId, request: Uint8Array): Promise<Uint8Array | null> {
    const answered = await sotto.askCallSeat(id, request).catch(() => null);
    return answered?.kind === 'ok' ? answered.value : null;
  }

  function signalled(signals: GroupCallSignals): void {
    if (isClosed || callId === null) return;
    const isOther = signals.joinId !== null && signals.joinId !== joinId;
    const ending = isOther ? ({ kind: 'replaced' } as const) : signals.ended;
    if (ending !== null) {
      end(ending);
      return;
    }
    const id = Uint8Array.fromHex(callId);
    for (const sealed of signals.frameKeys.slice(keysTaken)) void worker?.takeKey(id, sealed).catch(() => {});
    keysTaken = Math.max(keysTaken, signals.frameKeys.length);
    const revision = signals.roomRevision ?? roomRevision;
    if (revision > roomRevision) {
      roomRevision = revision;
      seat?.roomMoved();
    }
    const hasOwnKeys = signals.participants.some(({ isSelf, hasKeys }) => isSelf && hasKeys);
    seat?.setPeople(
      signals.participants
        .filter(({ isSelf }) => !isSelf)
        .map(({ joinId, ordinal, media, hasKeys }) => ({
          joinId,
          ordinal,
          ...media,
          hasKeys: hasKeys && hasOwnKeys,
        })),
    );
    takeEvent(signals.seatEvent);
    events.signalled(signals);
  }

  /** An engine that came in another's place counts anew. */
  function takeEvent(next: GroupCallSignals['seatEvent']): void {
    const isSame = next?.number === eventTaken?.number && next?.event.toHex() === eventTaken?.event.toHex();
    if (isSame) return;
    eventTaken = next;
    if (next !== null) seat?.takeEvent(next.event);
  }

  function letGo(): void {
    isClosed = true;
    stopSignals();
    stopNetwork();
    seat?.close();
    worker?.close();
  }

  function end(ending: GroupLegEnding): void {
    if (isClosed) return;
    const isOurs = ending.kind === 'insecure' || ending.kind === 'unsupported' || ending.kind === 'gaveUp';
    close(isOurs);
    events.ended(ending);
  }

  function close(leaves: boolean): void {
    if (isClosed) return;
    letGo();
    if (leaves && callId !== null && joinId !== null) void quietly(sotto.leaveGroupCall(callId));
  }

  open().catch(() => end({ kind: 'unsupported' }));
  return {
    get seat() {
      return seat;
    },
    tell(next) {
      media = next;
      const text = JSON.stringify(next);
      if (joinId === null || callId === null || isClosed || text === toldMedia) return;
      toldMedia = text;
      // A problem of it is that the call is over, which the signals say.
      void quietly(sotto.updateGroupCall(callId, next));
    },
    frames: async () => (worker === null ? noFrames : countFrames(worker)),
    close,
  };
}
