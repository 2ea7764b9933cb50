/** The relay with its sockets: one port number, UDP and TCP, on each of the addresses, for TURN and for media. */
import type { MediaCounters } from '../media/mediaCounters.ts';
import type { MediaLimits } from '../media/mediaLimits.ts';
import { MediaServer } from '../media/mediaServer.ts';
import type { MediaPort } from '../media/mediaTransport.ts';
import { systemRelayClock } from '../turn/clock.ts';
import type { RelayCounters } from '../turn/counters.ts';
import { TurnServer, type TurnServerOptions } from '../turn/turnServer.ts';
import { candidatesOf } from './candidates.ts';
import type { PacketReceiver } from './packetReceiver.ts';
import { PacketRouter } from './packetRouter.ts';
import { TcpListener } from './tcpListener.ts';
import { UdpListener } from './udpListener.ts';

export interface RelayOptions extends TurnServerOptions {
  /** IP addresses to listen on. */
  readonly addresses: readonly string[];
  /** 0: any. */
  readonly port: number;
  readonly mediaLimits?: Partial<MediaLimits>;
  /** Puts something between the sockets and the relay: a bad network in tests. */
  readonly between?: (relay: PacketReceiver) => PacketReceiver;
}

export interface Listening {
  readonly port: number;
  readonly hasUdp: boolean;
  readonly hasTcp: boolean;
}

export interface Relay extends Listening {
  readonly counters: RelayCounters;
  readonly media: MediaPort;
  readonly mediaCounters: MediaCounters;
  stop(): Promise<void>;
}

export type RelayOutcome =
  | { readonly kind: 'listening'; readonly relay: Relay }
  /** The system's code, such as EADDRINUSE. */
  | { readonly kind: 'refused'; readonly code: string };

const sweepEveryMs = 2000;
const tickEveryMs = 100;
/** Where any port will do, and one that was free for UDP is in use for TCP. */
const portTries = 20;

/** Listens wherever that is possible; refused where it is nowhere. */
export async function startRelay(options: RelayOptions): Promise<RelayOutcome> {
  for (let tries = options.port === 0 ? portTries : 1; ; tries -= 1) {
    const turn = new TurnServer(options);
    const media = new MediaServer({ clock: options.clock, limits: options.mediaLimits });
    const opened = await open(options, turn, media);
    const hasAll = opened.kind === 'listening' && !opened.codes.includes('EADDRINUSE');
    if (hasAll || tries === 1)
      return opened.kind === 'refused' ? opened : { kind: 'listening', relay: run(turn, media, opened) };
    if (opened.kind === 'listening') await closeAll(opened);
  }
}

interface Opened {
  readonly kind: 'listening';
  readonly port: number;
  readonly udp: readonly UdpListener[];
  readonly tcp: readonly TcpListener[];
  /** Of what could not be opened. */
  readonly codes: readonly string[];
}

async function open(
  { addresses, port: asked, between }: RelayOptions,
  turn: TurnServer,
  media: MediaServer,
): Promise<Opened | { readonly kind: 'refused'; readonly code: string }> {
  const router = new PacketRouter(turn, media);
  const receiver = between?.(router) ?? router;
  const udp: UdpListener[] = [];
  const tcp: TcpListener[] = [];
  const codes: string[] = [];
  let port = asked;
  for (const address of addresses) {
    const datagrams = await attempt(UdpListener.open(address, port, receiver), codes);
    if (datagrams !== null) udp.push(datagrams);
    port = datagrams?.port ?? port;
    const streams = await attempt(TcpListener.open(address, port, receiver, turn), codes);
    if (streams !== null) tcp.push(streams);
    port = streams?.port ?? port;
  }
  if (udp.length + tcp.length === 0) return { kind: 'refused', code: codes[0] ?? 'no address' };
  media.candidates = candidatesOf(addresses, { port, hasUdp: udp.length > 0, hasTcp: tcp.length > 0 });
  return { kind: 'listening', port, udp, tcp, codes };
}

async function attempt<T>(opening: Promise<T>, codes: string[]): Promise<T | null> {
  try {
    return await opening;
  } catch (error) {
    codes.push(error instanceof Error && 'code' in error ? String(error.code) : 'unknown');
    return null;
  }
}

function run(turn: TurnServer, media: MediaServer, opened: Opened): Relay {
  const ticking = setInterval(() => media.tick(), tickEveryMs);
  ticking.unref();
  const sweeping = setInterval(() => {
    turn.sweep();
    media.sweep();
    for (const listener of opened.tcp) listener.sweep(systemRelayClock.nowMs());
  }, sweepEveryMs);
  sweeping.unref();
  return {
    port: opened.port,
    hasUdp: opened.udp.length > 0,
    hasTcp: opened.tcp.length > 0,
    counters: turn.counters,
    media,
    mediaCounters: media.counters,
    stop: async () => {
      clearInterval(ticking);
      media.close();
      clearInterval(sweeping);
      await closeAll(opened);
    },
  };
}

async function closeAll({ udp, tcp }: Opened): Promise<void> {
  await Promise.all([...udp, ...tcp].map((listener) => listener.close()));
}
