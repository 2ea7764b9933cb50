/** Metrics of the relays: of one-to-one calls all together, of the rooms of group calls for each relay. */
import type { RelayCounters, RelayProcess } from '@sotto/relay';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { CallRelays } from '../calls/startCallRelays.ts';
import type { DeliveryService } from '../deliveryService.ts';
import { addCounters } from './addCounters.ts';

/** Of the relays on this machine. */
export function addRelayMetrics(relays: readonly RelayProcess[], registers: Registry[]): void {
  const total = (of: (relay: RelayProcess) => number) => relays.reduce((sum, relay) => sum + of(relay), 0);
  const counted = (name: keyof RelayCounters) => total(({ counters }) => counters[name]);
  const counts = {
    sotto_relay_packets_total: ['Packets of calls that the relay forwarded.', 'forwardedPackets'],
    sotto_relay_bytes_total: ['Bytes of calls that the relay forwarded.', 'forwardedBytes'],
    sotto_relay_bindings_total: ['Clients told of the address they are seen at.', 'answeredBindings'],
    sotto_relay_allocations_total: ['Places at the relay that were given.', 'allocated'],
    sotto_relay_refused_total: ['Requests that the relay answered with an error.', 'refusedRequests'],
  } as const;
  addCounters(
    counts,
    () => ({
      forwardedPackets: counted('forwardedPackets'),
      forwardedBytes: counted('forwardedBytes'),
      answeredBindings: counted('answeredBindings'),
      allocated: counted('allocated'),
      refusedRequests: counted('refusedRequests'),
    }),
    registers,
  );
  const reasons = {
    malformed: 'droppedMalformed',
    unreachable: 'droppedUnreachable',
    rate: 'droppedRate',
    backlog: 'droppedBacklog',
    flood: 'droppedFlood',
  } as const;
  new Counter({
    name: 'sotto_relay_dropped_total',
    help: 'Packets that the relay dropped, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, counter] of Object.entries(reasons)) this.inc({ reason }, counted(counter));
    },
  });
  const sums = {
    sotto_relay_cpu_seconds_total: ['Processor time of the relay.', () => counted('cpuMs') / 1000],
    sotto_relay_restarts_total: [
      'How often the relay was started anew.',
      () => total((relay) => relay.restarts),
    ],
  } as const;
  for (const [name, [help, value]] of Object.entries(sums))
    addCounters({ [name]: [help, 'value'] }, () => ({ value: value() }), registers);
  const gauges = {
    sotto_relay_allocations: ['Places at the relay that are in use.', () => counted('allocations')],
    sotto_relay_tcp_connections: ['Open TCP connections of the relay.', () => counted('tcpConnections')],
    sotto_relay_up: ['How many relays run.', () => total(({ pid }) => (pid === null ? 0 : 1))],
  } as const;
  for (const [name, [help, value]] of Object.entries(gauges)) addGauge(name, help, value, registers);
}

/** What a relay reports each second, by the names under which it counts. */
const roomCounts = {
  sotto_room_seats_lost_total: ['Seats whose page was gone.', 'lostSeats'],
  sotto_room_requests_refused_total: ['Requests of pages that the relay refused.', 'refusedRequests'],
  sotto_room_packets_received_total: ['Packets of media that came.', 'receivedPackets'],
  sotto_room_bytes_received_total: ['Bytes of media that came.', 'receivedBytes'],
  sotto_room_packets_sent_total: ['Packets of media that were forwarded.', 'sentPackets'],
  sotto_room_bytes_sent_total: ['Bytes of media that were forwarded.', 'sentBytes'],
  sotto_room_packets_resent_total: ['Packets that were sent again, because one was lost.', 'resentPackets'],
  sotto_room_probes_total: ['Packets sent to find out how much a receiver can take.', 'probePackets'],
  sotto_room_picture_requests_total: ['Whole pictures that receivers asked for.', 'pictureRequests'],
  sotto_room_picture_requests_sent_total: [
    'Whole pictures that senders were asked for.',
    'pictureRequestsSent',
  ],
  sotto_room_handshakes_total: ['Connections whose keys were agreed.', 'handshakes'],
  sotto_room_handshakes_failed_total: ['Connections that came to nothing.', 'failedHandshakes'],
} as const;

const roomDrops = {
  malformed: 'droppedMalformed',
  unknown: 'droppedUnknown',
  late: 'droppedLate',
  rate: 'droppedSeatRate',
  unsent: 'droppedUnsent',
  not_authentic: 'droppedNotAuthentic',
  replayed: 'droppedReplayed',
  flood: 'droppedFlood',
} as const;

/** `relay` is the port of one on this machine, the host of another. */
export function addRoomMetrics(
  service: DeliveryService,
  { processes, remotes }: CallRelays,
  registers: Registry[],
): void {
  addGauge('sotto_rooms', 'Group calls with somebody in them.', () => service.callRooms.roomCount, registers);
  addGauge('sotto_room_seats', 'Seats in group calls.', () => service.callRooms.seatCount, registers);
  const relays = () => [
    ...processes.map(({ link, listening }) => ({ relay: String(listening?.port ?? 'none'), link })),
    ...remotes.map(({ link, name }) => ({ relay: name, link })),
  ];
  for (const [name, [help, counter]] of Object.entries(roomCounts)) {
    new Counter({
      name,
      help,
      labelNames: ['relay'],
      registers,
      collect() {
        this.reset();
        for (const { relay, link } of relays()) this.inc({ relay }, link.counters[counter] ?? 0);
      },
    });
  }
  new Counter({
    name: 'sotto_room_dropped_total',
    help: 'Packets of media that were dropped, by reason.',
    labelNames: ['relay', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const { relay, link } of relays())
        for (const [reason, counter] of Object.entries(roomDrops))
          this.inc({ relay, reason }, link.counters[counter] ?? 0);
    },
  });
  const gauges = {
    sotto_room_relay_up: ['Whether rooms can be placed on the relay.', 'up'],
    sotto_room_relay_rooms: ['Rooms on the relay.', 'rooms'],
    sotto_room_relay_seats: ['Seats on the relay.', 'seats'],
    sotto_room_relay_cpu_share: ['Of one core, over the last second.', 'cpuShare'],
  } as const;
  for (const [name, [help, value]] of Object.entries(gauges)) {
    new Gauge({
      name,
      help,
      labelNames: ['relay'],
      registers,
      collect() {
        this.reset();
        for (const { relay, link } of relays())
          this.set({ relay }, { ...link.load, up: link.isAvailable ? 1 : 0 }[value]);
      },
    });
  }
}

function addGauge(name: string, help: string, value: () => number, registers: Registry[]): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(value());
    },
  });
}
