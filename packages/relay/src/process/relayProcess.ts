/** The relay's process, kept running: one that dies is started anew on the same port, later each time. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { RelayLink } from '../control/relayLink.ts';
import { watchSilence } from '../control/silence.ts';
import type { Listening } from '../net/relay.ts';
import { createRelayCounters, type RelayCounters } from '../turn/counters.ts';
import type { ParentMessage, RelayMessage } from './messages.ts';

export interface RelayProcessOptions {
  /** What credentials and tickets are made with (`createCredentials`). */
  readonly secret: string;
  readonly addresses: readonly string[];
  /** 0: any, and the same one from then on. */
  readonly port: number;
  /** What one allocation may send. */
  readonly bytesPerSecond: number;
  readonly told: (event: RelayEvent) => void;
}

export type RelayEvent =
  | ({ readonly kind: 'listening' } & Listening)
  | { readonly kind: 'refused'; readonly code: string }
  /** `isHung`: it was there and did nothing, and was killed. */
  | { readonly kind: 'ended'; readonly restartInMs: number; readonly isHung: boolean };

export interface RelayProcess {
  /** Rooms of group calls on it. */
  readonly link: RelayLink;
  /** Where it listens, or did before it died; null: it never could. */
  readonly listening: Listening | null;
  /** Over all processes that there were, but for what is so at present. */
  readonly counters: RelayCounters;
  readonly restarts: number;
  /** The process at present. */
  readonly pid: number | null;
  /** Resolves when it listens for the first time, or could not. */
  readonly settled: Promise<void>;
  stop(): Promise<void>;
}

const firstDelayMs = 100;
const maxDelayMs = 30_000;
/** Who was up for so long did not die of its start. */
const soundAfterMs = 60_000;
/** A process that was told to end, and does not. */
const stopGraceMs = 5000;
/** It reports each second; before it listens there is nothing to report. */
const silentAfterSeconds = 5;
const startedAfterSeconds = 60;
/**
 * Its heap is small, and nearly all of it dies young: threads that collect it beside take a fifth of what the process
 * takes, and make no pause shorter (bench suite `group-calls`).
 */
const flags = ['--single-threaded-gc'];
const main = fileURLToPath(new URL('./relayMain.ts', import.meta.url));

export function startRelayProcess(options: RelayProcessOptions): RelayProcess {
  const link = new RelayLink(options.secret);
  let child: ChildProcess | null = null;
  let listening: Listening | null = null;
  let restarts = 0;
  let delayMs = firstDelayMs;
  let timer: NodeJS.Timeout | undefined;
  let isStopping = false;
  let past = createRelayCounters();
  let present = createRelayCounters();
  const { promise: settled, resolve: settle } = Promise.withResolvers<void>();

  const start = () => {
    const startedAtMs = performance.now();
    // Nothing of the server's environment: it may hold secrets, and the relay needs none of it.
    const env = process.env.SystemRoot === undefined ? {} : { SystemRoot: process.env.SystemRoot };
    const started = fork(main, {
      execArgv: flags,
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Bytes stay bytes.
      serialization: 'advanced',
    });
    child = started;
    let isHung = false;
    const kill = () => {
      isHung = true;
      started.kill('SIGKILL');
    };
    let silence = watchSilence(startedAfterSeconds, kill);
    // It may have died already; `exit` says so.
    const tell = (message: ParentMessage) => {
      if (started.connected) started.send(message, () => {});
    };
    const { secret, addresses, bytesPerSecond } = options;
    const port = listening?.port ?? options.port;
    tell({ kind: 'start', secret, addresses, port, bytesPerSecond });
    started.on('message', (message: RelayMessage) => {
      silence.heard();
      if (message.kind === 'counters') {
        present = message.counters;
        return;
      }
      if (message.kind === 'control') {
        link.receive(message.frame);
        return;
      }
      if (message.kind === 'listening') {
        const { port, hasUdp, hasTcp, instance } = message;
        listening = { port, hasUdp, hasTcp };
        silence.stop();
        silence = watchSilence(silentAfterSeconds, kill);
        options.told({ kind: 'listening', ...listening });
        link.up(instance, (frame) => tell({ kind: 'control', frame }));
      } else {
        options.told(message);
      }
      settle();
    });
    started.on('error', () => {});
    started.once('exit', () => {
      child = null;
      silence.stop();
      past = sum(past, present);
      present = createRelayCounters();
      settle();
      if (isStopping) return;
      link.down();
      if (performance.now() - startedAtMs > soundAfterMs) delayMs = firstDelayMs;
      options.told({ kind: 'ended', restartInMs: delayMs, isHung });
      timer = setTimeout(() => {
        restarts += 1;
        start();
      }, delayMs);
      timer.unref();
      delayMs = Math.min(delayMs * 2, maxDelayMs);
    });
  };
  start();

  return {
    link,
    get listening() {
      return listening;
    },
    get counters() {
      return sum(past, present);
    },
    get restarts() {
      return restarts;
    },
    get pid() {
      return child?.pid ?? null;
    },
    settled,
    stop: async () => {
      isStopping = true;
      clearTimeout(timer);
      link.away();
      const running = child;
      if (running === null) return;
      const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
      if (running.connected) running.disconnect();
      const killing = setTimeout(() => running.kill('SIGKILL'), stopGraceMs);
      await ended;
      clearTimeout(killing);
    },
  };
}

/** Counts add up; what is so at present is the newer's. */
function sum(past: RelayCounters, present: RelayCounters): RelayCounters {
  const total = createRelayCounters();
  for (const name of Object.keys(total) as (keyof RelayCounters)[]) total[name] = past[name] + present[name];
  return { ...total, allocations: present.allocations, tcpConnections: present.tcpConnections };
}
