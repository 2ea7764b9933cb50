/** For tests of other packages: a relay behind a bad network, the relay without sockets, and what forwarding costs. */
export {
  decodeRelayReply,
  decodeServerMessage,
  encodeRelayReply,
  encodeServerMessage,
} from '../control/controlMessage.ts';
export { MessageSplitter } from '../net/messageSplitter.ts';
export { StreamSplitter } from '../net/streamSplitter.ts';
export type { RoomEvent } from '../rooms/roomHost.ts';
export type { NetworkConditions } from './badNetwork.ts';
export { ControlEnds, controlProof } from './controlEnds.ts';
export type { LoadMeasure } from './load/loadMessages.ts';
export type { PeerFacts, PeerRemote } from './load/loadPeer.ts';
export { type FanOut, startFanOut } from './load/startFanOut.ts';
export { type Load, startLoad } from './load/startLoad.ts';
export {
  type RoomRelay,
  type SeatWatches,
  seatPayloadTypes,
  seatStream,
  startRoomRelay,
} from './load/startRoomRelay.ts';
export { noExtensions, type StreamSpec } from './load/syntheticStream.ts';
export { type Forwarding, measureForwarding } from './measureForwarding.ts';
export { rembPacket, rtpPacket, rtxPacket, vp8Payload } from './rtpPackets.ts';
export { TestMedia, type TestMediaSeat } from './seat/testMedia.ts';
export {
  connectTestSeat,
  createTestSeatIdentity,
  type TestSeat,
  type TestSeatIdentity,
  type TestSeatOptions,
} from './seat/testSeat.ts';
export { type SlowForwarder, startSlowForwarder } from './slowForwarder.ts';
export { startTestRelay, type TestRelay, type TestRelayOptions } from './testRelay.ts';
export { startTestRoomRelay, type TestRoomRelay } from './testRoomRelay.ts';
export { extensions, payloadTypes, TestRooms } from './testRooms.ts';
export { type TestPath, TestTurn } from './testTurn.ts';
export { channelData, sendIndication } from './turnMessages.ts';
