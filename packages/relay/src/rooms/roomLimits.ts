/** Limits of group calls on one relay (spec/rooms.md, "Limits"). */
import type { Rate } from '../turn/tokenBucket.ts';

/** What one source may send. */
export interface SourceRate {
  readonly packets: Rate;
  readonly bytes: Rate;
}

export interface RoomLimits {
  readonly rooms: number;
  readonly seats: number;
  readonly seatsPerRoom: number;
  /** Seats of a room with lines that send. */
  readonly sendersPerRoom: number;
  readonly requestsPerSeat: Rate;
  readonly sound: SourceRate;
  readonly picture: SourceRate;
  /** RTCP packets of one seat. */
  readonly reportsPerSeat: Rate;
  /** Bytes that are sent again to one seat. */
  readonly resentBytesPerSeat: Rate;
}

export const defaultRoomLimits: RoomLimits = {
  rooms: 2000,
  seats: 5000,
  seatsPerRoom: 300,
  sendersPerRoom: 50,
  requestsPerSeat: { burst: 30, perSecond: 5 },
  sound: { packets: { burst: 200, perSecond: 150 }, bytes: { burst: 100_000, perSecond: 80_000 } },
  picture: { packets: { burst: 2500, perSecond: 2000 }, bytes: { burst: 2_500_000, perSecond: 1_500_000 } },
  reportsPerSeat: { burst: 400, perSecond: 200 },
  resentBytesPerSeat: { burst: 150_000, perSecond: 150_000 },
};

/** Of one request. */
export const requestLimits = {
  sizeBytes: 32 * 1024,
  receiveLines: 256,
  layers: 3,
} as const;

/** The longest packet that is forwarded: what a browser sends, and more. */
export const packetSizeBytes = 1500;
