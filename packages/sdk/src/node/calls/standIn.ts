/**
 * In tests of calls in Node, the part of two engines that a call uses, without a server between them: what is told at one side
 * comes in the other's signals. It rings, gives keys and ends; the order of a log and its rules are the engine's own tests.
 */
import type {
  CallEnding,
  CallServer,
  CallSignals,
  CallStart,
  CallView,
  RemoteUpdate,
  SottoApi,
} from '@sotto/client';
import { sealFrameKey } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import type { CallId } from '@sotto/protocol';

type StandInSide = 'caller' | 'answerer';

export interface StandIn {
  readonly apis: Readonly<Record<StandInSide, SottoApi>>;
  /** Told to this side, as if the other device had. */
  tell(to: StandInSide, update: Partial<RemoteUpdate>): void;
  /** What was told to this side. */
  told(to: StandInSide): readonly RemoteUpdate[];
  end(ending: CallEnding): void;
  /** The engine of this side stops, as when it is closed: it says nothing more, and refuses what it is asked. */
  stop(side: StandInSide): void;
}

export interface StandInOptions {
  /** What becomes of descriptions on their way. */
  readonly changeDescription?: (sdp: string) => string;
  /** The answerer's keys are others. */
  readonly hasWrongKeys?: boolean;
  /** Relays, which both sides then go through. */
  readonly servers?: readonly CallServer[];
}

const callId = 'ab'.repeat(16) as CallId;
const quiet: CallSignals = { join: 0, updates: [], frameKeys: [], code: null, ended: null };
const otherOf = (side: StandInSide): StandInSide => (side === 'caller' ? 'answerer' : 'caller');

export async function createStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const provider = await loadNodeProvider();
  const change = options.changeDescription ?? ((sdp) => sdp);
  const signals: Record<StandInSide, CallSignals> = { caller: quiet, answerer: quiet };
  const watchers = { caller: new Set<() => void>(), answerer: new Set<() => void>() };
  const starts: Partial<Record<StandInSide, CallStart>> = {};
  const stopped = new Set<StandInSide>();
  const requireRunning = (side: StandInSide): void => {
    if (stopped.has(side)) throw new Error('closed');
  };
  const isTaken = () => starts.answerer !== undefined;

  const set = (side: StandInSide, part: Partial<CallSignals>): void => {
    signals[side] = { ...signals[side], ...part };
    for (const watcher of [...watchers[side]]) watcher();
  };
  const tell = (side: StandInSide, part: Partial<RemoteUpdate>): void => {
    const empty: RemoteUpdate = { join: 0, description: null, candidates: [], media: null, video: null };
    const description = part.description
      ? { ...part.description, sdp: change(part.description.sdp) }
      : empty.description;
    set(side, { updates: [...signals[side].updates, { ...empty, ...part, description }] });
  };
  const end = (ending: CallEnding): void => {
    for (const side of ['caller', 'answerer'] as const) set(side, { ended: ending });
  };
  const key = (fill: number) => new Uint8Array(32).fill(fill);
  const giveKeys = async (): Promise<void> => {
    for (const [side, seals, opens] of [
      ['caller', 0n, 1n],
      ['answerer', 1n, 0n],
    ] as const) {
      const wrong = options.hasWrongKeys && side === 'answerer' ? 100 : 0;
      const frameKey = starts[side]?.frameKey ?? new Uint8Array();
      for (const [use, keyId] of [
        ['seal', seals],
        ['open', opens],
      ] as const) {
        const sealed = await sealFrameKey(provider, callId, frameKey, {
          use,
          keyId,
          key: key(Number(keyId) + wrong),
        });
        if (sealed) set(side, { code: '123456', frameKeys: [...signals[side].frameKeys, sealed] });
      }
    }
  };
  const setup = (side: StandInSide) => ({
    callId,
    isCaller: side === 'caller',
    hasVideo: starts.caller?.hasVideo ?? false,
    servers: options.servers ?? [],
    isRelayOnly: options.servers !== undefined,
    remoteJoin: 0,
  });
  const ok = <Value>(value: Value) => ({ kind: 'ok', value }) as const;

  const apiOf = (side: StandInSide): Partial<SottoApi> => ({
    prepareCall: async () => ok(setup(side)),
    startCall: async (start) => {
      starts.caller = start;
      for (const watcher of [...watchers.answerer]) watcher();
      return ok(null);
    },
    openCall: async () => ok({ ...setup(side), offer: change(starts.caller?.description ?? '') }),
    answerCall: async (start) => {
      starts.answerer = start;
      tell('caller', { description: { type: 'answer', sdp: start.description } });
      await giveKeys();
      return ok(null);
    },
    endCall: async (_, reason) => {
      requireRunning(side);
      end({ kind: reason ?? (isTaken() ? 'answered' : 'cancelled') });
    },
    readCallServers: async () => ok(options.servers ?? []),
    updateCall: async (_, update) => {
      requireRunning(side);
      const { join: _join, ...part } = update;
      tell(otherOf(side), part);
      return ok(null);
    },
    watch: (view, listener) => {
      const tellView = listener as (value: unknown) => void;
      const ringing = (): readonly Partial<CallView>[] =>
        starts.caller && !isTaken()
          ? [
              {
                callId,
                isIncoming: side === 'answerer',
                phase: 'ringing',
                device: null,
                hasVideo: starts.caller.hasVideo,
              },
            ]
          : [];
      const watcher = () => tellView(view.kind === 'callSignals' ? signals[side] : ringing());
      watchers[side].add(watcher);
      watcher();
      return () => watchers[side].delete(watcher);
    },
  });
  return {
    apis: { caller: apiOf('caller') as SottoApi, answerer: apiOf('answerer') as SottoApi },
    tell,
    told: (to) => signals[to].updates,
    end,
    stop: (side) => {
      stopped.add(side);
      watchers[side].clear();
    },
  };
}
