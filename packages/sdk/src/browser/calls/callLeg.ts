/**
 * This device's part in one call: what it tells the engine and hears from it, and the connection that comes of that
 * (spec/callMedia.md, "Connecting"). What has come is taken in its order, one after the other. The connection is another one after the
 * other side came back; the frame worker, its keys and the certificate stay for the whole join.
 */
import type {
  CallDescription,
  CallMediaState,
  CallProblem,
  CallServer,
  CallSetup,
  CallSignals,
  CallsApi,
  CallUpdate,
  CallEnding as EngineEnding,
  GroupCallPlace,
  Outcome,
  RemoteUpdate,
  SottoApi,
} from '@sotto/client/api';
import type { CallId, ConversationId } from '@sotto/protocol';
import { countFrames } from '../callMedia/countFrames.ts';
import { createJoinSecrets } from '../callMedia/joinSecrets.ts';
import type { LinkState } from '../callMedia/linkState.ts';
import { watchNetwork } from '../callMedia/networkChanges.ts';
import { quietly } from '../callMedia/quietly.ts';
import { createRecovery, type Recovery } from '../callMedia/recovery.ts';
import { eachSlot, type SlotName, type Slots, slotNames } from '../callMedia/slots.ts';
import { createTurns } from '../callMedia/turns.ts';
import type { FrameWorker } from './frames/frameWorker.ts';
import { createMediaLink, type Described, type MediaLink } from './mediaLink.ts';
import type { SendLimit } from './sendLimits.ts';
import { type Sample, takeSample } from './statistics.ts';

export type CallsPort = CallsApi & Pick<SottoApi, 'watch'>;

export type LegStart =
  | { readonly kind: 'start'; readonly conversationId: ConversationId; readonly hasVideo: boolean }
  | { readonly kind: 'answer' | 'rejoin'; readonly callId: CallId; readonly hasVideo: boolean };

/** Why a leg ended by itself. */
export type LegEnding =
  | EngineEnding
  | { readonly kind: 'movedElsewhere' | 'insecure' | 'unsupported' | 'gaveUp' }
  | { readonly kind: 'refused'; readonly problem: CallProblem };

export interface LegEvents {
  /** Its id is known, and whether the account began it. */
  opened(setup: CallSetup): void;
  /** The other side is rung, or knows that this one is there: `tell` goes through from now on. */
  told(): void;
  /** A connection is being made: there are descriptions of both sides. */
  connecting(): void;
  linkChanged(state: LinkState): void;
  receiving(tracks: Slots<MediaStreamTrack>): void;
  remoteMedia(media: CallMediaState): void;
  video(what: 'asked' | 'accepted' | 'declined'): void;
  code(code: string): void;
  /** The other side goes on in a group call. */
  moved(to: GroupCallPlace): void;
  /** Once, unless `close` comes first; everything is let go of. */
  ended(ending: LegEnding): void;
}

export interface CallLeg {
  send(slot: SlotName, track: MediaStreamTrack | null): void;
  limit(limits: Slots<SendLimit>): void;
  /** False where it does not go out, because nobody was told of this side yet. */
  tell(update: Omit<CallUpdate, 'join'>): boolean;
  /** Null while there is no connection. */
  sample(before: Sample | null): Promise<Sample | null>;
  /** Lets go of everything. `tells`: the call is over for the other side too; `failed` where there never was a connection. */
  close(tells: 'hangsUp' | 'failed' | 'nothing'): void;
}

/** `isReady`: resolves once the call may be told of, because there is something to say into. */
export function createCallLeg(
  sotto: CallsPort,
  start: LegStart,
  isReady: Promise<boolean>,
  events: LegEvents,
): CallLeg {
  const inTurn = createTurns();
  const tracks = eachSlot<MediaStreamTrack | null>(() => null);
  let limits: Slots<SendLimit> | null = null;
  let setup: CallSetup | null = null;
  let worker: FrameWorker | null = null;
  let certificate: RTCCertificate | null = null;
  let link: MediaLink | null = null;
  let recovery: Recovery | null = null;
  let servers: readonly CallServer[] = [];
  let remoteJoin = 0;
  let ownJoin: number | null = null;
  let updatesTaken = 0;
  let keysTaken = 0;
  /** Offers of this side whose answers have not come; the answer to the last one counts. */
  let openOffers = 0;
  /** The engine was asked to tell the other side, and has done so. */
  let isTold = false;
  let isHeard = false;
  let wasConnected = false;
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
    ({ worker, certificate } = secrets);
    void worker.failed.then(() => end({ kind: 'gaveUp' }));
    if (begun.kind === 'problem') return end({ kind: 'refused', problem: begun.problem });
    setup = begun.value;
    servers = setup.servers;
    remoteJoin = setup.remoteJoin;
    events.opened(setup);
    recovery = createRecovery(setup.isCaller ? 'caller' : 'answerer', {
      restart: () => void inTurn(restart),
      giveUp: () => end({ kind: 'gaveUp' }),
    });
    link = createLink();
    const described = 'offer' in begun.value ? await link.answer(begun.value.offer) : await link.offer();
    if (!(await isReady) || isClosed) return;
    if (described.kind === 'refused') return end({ kind: 'insecure' });
    // From here on the other side may connect, before it is known that it was told.
    if (start.kind !== 'start') {
      events.connecting();
      recovery.begin();
    }
    const said = await tellFirst(described.sdp);
    // Hung up meanwhile, when the engine did not know of it yet.
    if (isClosed) return void quietly(sotto.endCall(setup.callId));
    if (said.kind === 'problem') return end({ kind: 'refused', problem: said.problem });
    link.release(described.sdp);
    openOffers = start.kind === 'answer' ? 0 : 1;
    isHeard = true;
    events.told();
    stopSignals = sotto.watch({ kind: 'callSignals', callId: setup.callId }, signalled);
    stopNetwork = watchNetwork(() => recovery?.networkChanged());
  }

  async function begin(): Promise<Outcome<CallSetup | (CallSetup & { offer: string }), CallProblem>> {
    switch (start.kind) {
      case 'start':
        return sotto.prepareCall(start.conversationId);
      case 'answer':
        return sotto.openCall(start.callId);
      case 'rejoin':
        return sotto.rejoinCall(start.callId);
    }
  }

  function tellFirst(description: string): Promise<Outcome<null, CallProblem>> {
    isTold = true;
    const callId = setup?.callId ?? ('' as CallId);
    const frameKey = worker?.frameKey ?? new Uint8Array();
    const told = { callId, hasVideo: start.hasVideo, description, frameKey };
    switch (start.kind) {
      case 'start':
        return sotto.startCall(told);
      case 'answer':
        return sotto.answerCall(told);
      case 'rejoin':
        return sotto.resumeCall(told);
    }
  }

  function createLink(): MediaLink {
    if (certificate === null || worker === null || setup === null) throw new Error('no call yet');
    const { isRelayOnly } = setup;
    const created = createMediaLink(
      { servers, isRelayOnly, certificate, frames: worker },
      {
        stateChanged(state) {
          if (created !== link) return;
          wasConnected ||= state === 'connected';
          recovery?.linkChanged(state);
          events.linkChanged(state);
        },
        gathered: (candidates) => {
          if (created === link) tell({ candidates });
        },
        receiving: (received) => {
          if (created === link) events.receiving(received);
        },
        failed(reason) {
          if (created === link) end({ kind: reason === 'unprotected' ? 'unsupported' : 'insecure' });
        },
      },
    );
    for (const slot of slotNames) created.send(slot, tracks[slot]);
    if (limits !== null) for (const slot of slotNames) created.limit(slot, limits[slot]);
    return created;
  }

  function signalled(signals: CallSignals): void {
    if (isClosed) return;
    ownJoin ??= signals.join;
    if (signals.join !== ownJoin) {
      end({ kind: 'movedElsewhere' });
      return;
    }
    const callId = Uint8Array.fromHex(setup?.callId ?? '');
    for (const sealed of signals.frameKeys.slice(keysTaken))
      void worker?.takeKey(callId, sealed).catch(() => {});
    keysTaken = Math.max(keysTaken, signals.frameKeys.length);
    if (signals.code !== null) events.code(signals.code);
    for (const update of signals.updates.slice(updatesTaken)) void inTurn(() => take(update));
    updatesTaken = Math.max(updatesTaken, signals.updates.length);
    if (signals.ended !== null) end(signals.ended);
  }

  async function take(update: RemoteUpdate): Promise<void> {
    if (isClosed || update.join < remoteJoin) return;
    const isNewJoin = update.join > remoteJoin;
    remoteJoin = update.join;
    if (update.media !== null) events.remoteMedia(update.media);
    if (update.video !== null) events.video(update.video);
    if (update.movedTo !== undefined) events.moved(update.movedTo);
    if (update.description?.type === 'offer') await takeOffer(update.description.sdp, isNewJoin);
    if (update.description?.type === 'answer') await takeAnswer(update.description);
    if (!isClosed) await link?.addCandidates(update.candidates);
  }

  async function takeOffer(offer: string, isNewJoin: boolean): Promise<void> {
    if (link === null || setup === null) return;
    // What a link with another join offers was for that one, and is over with it.
    const isOverWithJoin = isNewJoin && link.hasRemote;
    if (link.isOffering && setup.isCaller && !isOverWithJoin) {
      if (!isNewJoin) return;
      // Of two offers at once the caller's goes. The other side began anew, and may not have got this one: then it answers once.
      openOffers = 0;
      return makeOffer();
    }
    const isFirst = link.transceivers !== null && link.isOffering && link.state === 'connecting';
    if (isNewJoin || isFirst) {
      link.close();
      link = createLink();
      recovery?.begin();
      events.connecting();
    }
    openOffers = 0;
    await tellDescription('answer', await link.answer(offer));
  }

  async function takeAnswer({ sdp }: CallDescription): Promise<void> {
    if (openOffers > 0) openOffers--;
    if (link === null || openOffers > 0) return;
    const isFirst = link.state === 'connecting';
    if (isFirst) {
      events.connecting();
      recovery?.begin();
    }
    const taken = await link.takeAnswer(sdp);
    if (taken.kind === 'refused') end({ kind: 'insecure' });
  }

  async function restart(): Promise<void> {
    if (isClosed || link === null || setup === null || link.transceivers === null) return;
    const fresh = await sotto.readCallServers(setup.callId);
    if (isClosed) return;
    if (fresh.kind === 'ok') servers = fresh.value;
    link.renew(servers);
    await makeOffer();
  }

  async function makeOffer(): Promise<void> {
    if (link === null) return;
    openOffers++;
    await tellDescription('offer', await link.offer());
  }

  async function tellDescription(type: 'offer' | 'answer', described: Described): Promise<void> {
    if (isClosed || setup === null) return;
    if (described.kind === 'refused') return end({ kind: 'insecure' });
    const description = { type, sdp: described.sdp };
    await quietly(sotto.updateCall(setup.callId, { join: remoteJoin, description }));
    link?.release(described.sdp);
  }

  function tell(update: Omit<CallUpdate, 'join'>): boolean {
    if (isClosed || setup === null || !isHeard) return false;
    // A problem of it is that the call is over, which the signals say.
    void quietly(sotto.updateCall(setup.callId, { join: remoteJoin, ...update }));
    return true;
  }

  function letGo(): void {
    isClosed = true;
    stopSignals();
    stopNetwork();
    recovery?.close();
    link?.close();
    worker?.close();
  }

  function end(ending: LegEnding): void {
    if (isClosed) return;
    const isOver = ending.kind === 'insecure' || ending.kind === 'unsupported' || ending.kind === 'gaveUp';
    if (isOver) close(wasConnected ? 'hangsUp' : 'failed');
    else letGo();
    events.ended(ending);
  }

  function close(tells: 'hangsUp' | 'failed' | 'nothing'): void {
    if (isClosed) return;
    letGo();
    const callId = start.kind === 'start' ? setup?.callId : start.callId;
    if (callId === undefined || tells === 'nothing') return;
    if (isTold || start.kind === 'rejoin')
      void quietly(sotto.endCall(callId, ...(tells === 'failed' ? (['failed'] as const) : [])));
    else if (start.kind === 'answer' && tells === 'hangsUp') void quietly(sotto.declineCall(callId));
  }

  open().catch(() => end({ kind: 'unsupported' }));
  return {
    send(slot, track) {
      tracks[slot] = track;
      link?.send(slot, track);
    },
    limit(next) {
      // Setting them makes the browser look at its encoders anew.
      if (JSON.stringify(next) === JSON.stringify(limits)) return;
      limits = next;
      if (link !== null) for (const slot of slotNames) link.limit(slot, next[slot]);
    },
    tell,
    async sample(before) {
      const [present, frames] = [link, worker];
      if (present?.transceivers == null || frames === null || isClosed) return null;
      const { transceivers } = present;
      const counted = await countFrames(frames);
      const report = await present.statistics();
      return takeSample(
        { report, mids: eachSlot((slot) => transceivers[slot].mid), frames: counted },
        before,
      );
    },
    close,
  };
}
