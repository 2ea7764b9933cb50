/**
 * The network between devices and the server (spec/simulator.md §Network). A connection is an ordered stream
 * each way that may break at any moment, with whatever is under way lost. Harsher than any real transport, and
 * only where asked for: single frames lost, doubled or overtaken.
 */
import type { ConnectionEvents, ConnectionHandle } from '@sotto/client';
import { describeRequest, describeServerFrame } from './describeFrame.ts';
import type { SeededRandom } from './seededRandom.ts';
import type { SimulatedProcess } from './simulatedProcess.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtualTime.ts';

export interface NetworkConditions {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Chance, for each frame, that the connection breaks while it is under way. */
  readonly breakChance: number;
  /** Chances for each frame in the harsher modes. */
  readonly loseFrameChance: number;
  readonly doubleFrameChance: number;
  readonly overtakeFrameChance: number;
}

/** The server's end of one connection. */
interface ServerEnd {
  receive(frame: Uint8Array): void;
  closed(): void;
}
export interface ServerPeer {
  send(frame: Uint8Array): void;
  close(code: number, reason: string): void;
  bufferedBytes(): number;
}
/** A server that takes connections; null while it is down. */
type Listener = (peer: ServerPeer) => ServerEnd;

export interface Network {
  listen(listener: Listener | null): void;
  /** Breaks every connection, as when the server's process dies. */
  breakAll(): void;
  conditions: NetworkConditions;
  link(name: string, random: SeededRandom): NetworkLink;
  /** Sees every frame that enters the network, also those that are lost. */
  readonly frames: readonly Uint8Array[];
}

/** One device's way to the server. */
export interface NetworkLink {
  connect(process: SimulatedProcess, events: ConnectionEvents): ConnectionHandle;
  setOnline(online: boolean): void;
  readonly online: boolean;
  /** Breaks the connections there are. */
  breakNow(): void;
  /** Size of the largest frame that the server sent this way after `atMs`; 0: none. */
  largestSentAfter(atMs: number): number;
}

/** For self-tests: what becomes of a frame on its way to a device. */
export type FrameFilter = (device: string, frame: Uint8Array) => readonly Uint8Array[];

/** A peer finds out that a connection is broken after this long at most. */
const noticeDelayMs = 2000;

export function createNetwork(
  time: VirtualTime,
  trace: Trace,
  conditions: NetworkConditions,
  filter: FrameFilter = (_device, frame) => [frame],
): Network {
  let listener: Listener | null = null;
  const frames: Uint8Array[] = [];
  const sent: { readonly device: string; readonly atMs: number; readonly sizeBytes: number }[] = [];
  const open = new Set<Connection>();

  interface Connection {
    readonly device: string;
    /** `noticeMs`: after how long each end learns of it. */
    break(noticeMs: number, code?: number): void;
  }

  /** One direction: calls `arrive` for each frame, in order, until it is cut. */
  function createDirection(random: SeededRandom, arrive: (frame: Uint8Array) => void) {
    let cut = false;
    let lastArrivalMs = 0;
    let overtaken: Uint8Array | null = null;
    function carry(frame: Uint8Array): void {
      const { minDelayMs, maxDelayMs } = network.conditions;
      const arrivalMs = Math.max(lastArrivalMs, time.now() + random.integer(minDelayMs, maxDelayMs));
      lastArrivalMs = arrivalMs;
      time.schedule(arrivalMs - time.now(), () => {
        if (!cut) arrive(frame);
      });
    }
    return {
      carry(frame: Uint8Array): void {
        const { loseFrameChance, doubleFrameChance, overtakeFrameChance } = network.conditions;
        if (loseFrameChance > 0 && random.chance(loseFrameChance)) return;
        if (overtakeFrameChance > 0 && overtaken === null && random.chance(overtakeFrameChance)) {
          overtaken = frame;
          return;
        }
        carry(frame);
        if (doubleFrameChance > 0 && random.chance(doubleFrameChance)) carry(frame);
        if (overtaken !== null) carry(overtaken);
        overtaken = null;
      },
      cut() {
        cut = true;
      },
    };
  }

  function connect(
    device: string,
    random: SeededRandom,
    isOnline: () => boolean,
    process: SimulatedProcess,
    events: ConnectionEvents,
  ): ConnectionHandle {
    let state: 'connecting' | 'open' | 'closed' = 'connecting';
    let clientListens = true;
    let serverEnd: ServerEnd | null = null;
    let serverListens = true;
    /** Handed to the client in order; a sleeping or dead process hears nothing. */
    const tellClient = (run: () => void) =>
      process.schedule(0, () => {
        if (clientListens) run();
      });
    const toServer = createDirection(random.fork('up'), (frame) => {
      trace.detail(device, () => `-> ${describeRequest(frame)}`);
      if (serverListens) serverEnd?.receive(frame);
    });
    const toClient = createDirection(random.fork('down'), (frame) =>
      tellClient(() => {
        trace.detail(device, () => `<- ${describeServerFrame(frame)}`);
        events.frame(frame);
      }),
    );

    const connection: Connection = {
      device,
      break(noticeMs, code) {
        if (state === 'closed') return;
        state = 'closed';
        open.delete(connection);
        toServer.cut();
        toClient.cut();
        const end = serverEnd;
        serverEnd = null;
        time.schedule(noticeMs, () => end?.closed());
        time.schedule(noticeMs, () =>
          tellClient(() => {
            clientListens = false;
            events.closed(code ?? null);
          }),
        );
      },
    };
    const breakByChance = (): boolean => {
      if (!random.chance(network.conditions.breakChance)) return false;
      trace.note(device, 'connection breaks');
      connection.break(random.integer(0, noticeDelayMs));
      return true;
    };
    const peer: ServerPeer = {
      send(frame) {
        if (state !== 'open') return;
        sent.push({ device, atMs: time.now(), sizeBytes: frame.length });
        for (const passed of filter(device, frame)) {
          frames.push(passed);
          toClient.carry(passed);
        }
        breakByChance();
      },
      close(code) {
        // What was sent before arrives before the close does.
        serverListens = false;
        time.schedule(network.conditions.maxDelayMs, () => connection.break(0, code));
      },
      bufferedBytes: () => 0,
    };

    open.add(connection);
    time.schedule(random.integer(network.conditions.minDelayMs, network.conditions.maxDelayMs), () => {
      if (state !== 'connecting') return;
      if (!isOnline() || listener === null) return connection.break(0);
      state = 'open';
      tellClient(() => events.open());
      serverEnd = listener(peer);
    });

    return {
      send(frame) {
        if (!process.alive) return;
        frames.push(frame);
        if (state !== 'open' || breakByChance()) return;
        toServer.carry(frame.slice());
        breakByChance();
      },
      close() {
        clientListens = false;
        if (process.alive) connection.break(0);
      },
    };
  }

  const network: Network = {
    conditions,
    frames,
    listen(next) {
      listener = next;
    },
    breakAll() {
      for (const connection of [...open]) connection.break(0);
    },
    link(name, random) {
      let online = true;
      const breakNow = () => {
        for (const connection of [...open]) {
          if (connection.device === name) connection.break(random.integer(0, noticeDelayMs));
        }
      };
      return {
        connect: (process, events) => connect(name, random.fork('connection'), () => online, process, events),
        get online() {
          return online;
        },
        setOnline(next) {
          online = next;
          if (!next) breakNow();
        },
        breakNow,
        largestSentAfter: (atMs) =>
          sent.reduce(
            (largest, frame) =>
              frame.device === name && frame.atMs > atMs ? Math.max(largest, frame.sizeBytes) : largest,
            0,
          ),
      };
    },
  };
  return network;
}
