/** For tests of other packages: a relay with rooms in this process, behind a network that can be made bad. */
import { randomBytes } from 'node:crypto';
import { startRelay } from '../net/relay.ts';
import { createRoomHost } from '../rooms/createRoomHost.ts';
import type { RoomCounters } from '../rooms/roomCounters.ts';
import type { RoomEvent, SeatName } from '../rooms/roomHost.ts';
import type { RoomLimits } from '../rooms/roomLimits.ts';
import { createSeatTicket } from '../rooms/seatTicket.ts';
import { systemRelayClock } from '../turn/clock.ts';
import { BadNetwork, type NetworkConditions } from './badNetwork.ts';

export interface TestRoomRelay {
  readonly counters: RoomCounters;
  openSeat(seat: SeatName): boolean;
  /** With a ticket for this relay. */
  ask(seat: SeatName, request: Uint8Array): Uint8Array;
  closeSeat(seat: SeatName): void;
  /** Changes the network from now on; what is left out is good. */
  setNetwork(conditions: Partial<NetworkConditions>): void;
  stop(): Promise<void>;
}

const sweepEveryMs = 20;
const ticketLifetimeMs = 60_000;

export async function startTestRoomRelay(
  told: (event: RoomEvent) => void,
  limits: Partial<RoomLimits> = {},
): Promise<TestRoomRelay> {
  const secret = randomBytes(16).toString('hex');
  const instance = randomBytes(8).toString('hex');
  let network: BadNetwork | undefined;
  const started = await startRelay({
    secret,
    nonceKey: randomBytes(32),
    addresses: ['127.0.0.1'],
    port: 0,
    between: (relay) => {
      network = new BadNetwork(relay, {});
      return network;
    },
  });
  if (started.kind === 'refused') throw new Error(`The relay cannot listen: ${started.code}`);
  const { relay } = started;
  const host = createRoomHost({ secret, instance, nowMs: systemRelayClock.nowMs, told, limits }, relay.media);
  const sweeping = setInterval(() => host.sweep(), sweepEveryMs);
  return {
    counters: host.counters,
    openSeat: (seat) => host.openSeat(seat),
    ask(seat, request) {
      const ticket = createSeatTicket(secret, {
        ...seat,
        instance,
        expiresAtMs: Date.now() + ticketLifetimeMs,
      });
      return host.ask(ticket, request, Date.now());
    },
    closeSeat: (seat) => host.closeSeat(seat),
    setNetwork: (conditions) => network?.set(conditions),
    async stop() {
      clearInterval(sweeping);
      host.close();
      network?.stop();
      await relay.stop();
    },
  };
}
