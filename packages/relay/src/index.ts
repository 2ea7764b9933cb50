export { RelayLink } from './control/relayLink.ts';
export { keepRemoteRelay, type RemoteRelay, type RemoteRelayEvent } from './control/remoteRelay.ts';
export type { Listening } from './net/relay.ts';
export {
  type RelayEvent,
  type RelayProcess,
  type RelayProcessOptions,
  startRelayProcess,
} from './process/relayProcess.ts';
export type { RoomEvent, SeatName } from './rooms/roomHost.ts';
export { createSeatTicket, readSeatTicket } from './rooms/seatTicket.ts';
export type { RelayCounters } from './turn/counters.ts';
export { createCredentials } from './turn/credentials.ts';
export { defaultRelayLimits } from './turn/relayLimits.ts';
