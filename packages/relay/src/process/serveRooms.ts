/** The rooms of one run of a relay, with what its servers say of them, and what they cost. */
import { randomBytes } from 'node:crypto';
import { RelayControls } from '../control/relayControls.ts';
import type { Relay } from '../net/relay.ts';
import { createRoomHost } from '../rooms/createRoomHost.ts';
import { systemRelayClock } from '../turn/clock.ts';

export interface ServedRooms {
  /** This run, as tickets name it. */
  readonly instance: string;
  readonly controls: RelayControls;
  /** Tells servers and pages. */
  stop(): void;
}

interface ServeRoomsOptions {
  /** What tickets are made with. */
  readonly secret: string;
  /** IP addresses to be announced where a server names none; none: those that the relay listens on. */
  readonly announced?: () => readonly string[];
}

const sweepEveryMs = 20;
const reportEveryMs = 1000;

export function serveRooms(
  { media, mediaCounters }: Pick<Relay, 'media' | 'mediaCounters'>,
  { secret, announced = () => [] }: ServeRoomsOptions,
): ServedRooms {
  const instance = randomBytes(12).toString('base64url');
  const { nowMs } = systemRelayClock;
  const controls = new RelayControls({ nowMs, announced });
  const host = createRoomHost({ secret, instance, nowMs, told: (event) => controls.told(event) }, media);
  controls.serve(host);
  const sweeping = setInterval(() => host.sweep(), sweepEveryMs);
  let before = { atMs: performance.now(), cpuMs: cpuMs() };
  const reporting = setInterval(() => {
    controls.sweep();
    const now = { atMs: performance.now(), cpuMs: cpuMs() };
    const cpuShare = (now.cpuMs - before.cpuMs) / Math.max(1, now.atMs - before.atMs);
    before = now;
    const {
      handshakes,
      failedHandshakes,
      droppedMalformed,
      droppedNotAuthentic,
      droppedFlood,
      droppedReplayed,
    } = mediaCounters;
    const network = { handshakes, failedHandshakes, droppedNotAuthentic, droppedFlood, droppedReplayed };
    controls.report({
      cpuShare,
      counters: {
        ...host.counters,
        ...network,
        droppedMalformed: host.counters.droppedMalformed + droppedMalformed,
        cpuMs: now.cpuMs,
      },
    });
  }, reportEveryMs);
  return {
    instance,
    controls,
    stop() {
      clearInterval(sweeping);
      clearInterval(reporting);
      controls.ending();
      host.close();
    },
  };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1000);
}
