/** Rooms on this server's relays (spec/callSeats.md §Seats): in processes of their own, here or elsewhere. */
import { type RelayLink, readSeatTicket } from '@sotto/relay';
import type { CallEngine, EngineEvent } from './callEngine.ts';

export interface EngineRelay {
  readonly link: RelayLink;
  /** On another machine: it knows by itself by which addresses it is reached. */
  readonly isRemote: boolean;
}

/** Processor time of a relay within one such share of a core is the same load: what is left decides by seats. */
const cpuShareStep = 0.25;

/** `addressesFor` are what pages are told to come to that reached the server by a host; none: the relay's own. */
export function createRelayCallEngine(
  relays: readonly EngineRelay[],
  addressesFor: (host: string | null) => Promise<readonly string[]>,
): CallEngine {
  const secrets = [...new Set(relays.map(({ link }) => link.secret))];
  const relayOf = (roomId: string) => relays.find(({ link }) => link.has(roomId));
  return {
    isOn: relays.length > 0,
    listen(told: (event: EngineEvent) => void) {
      for (const { link } of relays) link.listen(told);
    },
    createRoom(roomId) {
      const [chosen] = relays.filter(({ link }) => link.isAvailable).sort(byLoad);
      chosen?.link.createRoom(roomId);
      return chosen !== undefined;
    },
    openSeat: (seat) => relayOf(seat.roomId)?.link.openSeat(seat) ?? null,
    readTicket(ticket) {
      for (const secret of secrets) {
        const claims = readSeatTicket(secret, ticket, Date.now());
        if (claims !== null) return claims;
      }
      return null;
    },
    async ask(roomId, { ticket, request, host }) {
      const relay = relayOf(roomId);
      const addresses = relay === undefined || relay.isRemote ? [] : await addressesFor(host);
      const answer = await relay?.link.ask(ticket, request, addresses);
      return answer == null ? { kind: 'unavailable' } : { kind: 'answered', answer };
    },
    closeSeat: (seat) => relayOf(seat.roomId)?.link.closeSeat(seat),
    closeRoom: (roomId) => relayOf(roomId)?.link.closeRoom(roomId),
  };
}

function byLoad({ link: { load: a } }: EngineRelay, { link: { load: b } }: EngineRelay): number {
  const step = (cpuShare: number) => Math.floor(cpuShare / cpuShareStep);
  return step(a.cpuShare) - step(b.cpuShare) || a.seats - b.seats || a.rooms - b.rooms;
}
