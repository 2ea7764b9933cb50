import type { MediaPath } from '../media/mediaPath.ts';
import type { ClientPath } from '../turn/allocation.ts';

/** One end of the network, whatever comes from there: TURN, media, or both. */
export type NetworkPath = ClientPath & MediaPath;

/** What listeners hand on to: the relay, or in tests a bad network before it. */
export interface PacketReceiver {
  /** May write to `bytes` and keep them. */
  receive(path: NetworkPath, bytes: Buffer): void;
  disconnected(path: NetworkPath): void;
}
