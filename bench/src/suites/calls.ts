import { chromiumFrameRows } from '../calls/chromiumFrameRows.ts';
import { chromiumRows } from '../calls/chromiumRows.ts';
import { frameRows } from '../calls/frameRows.ts';
import { memoryRows } from '../calls/memoryRows.ts';
import { nodeRows } from '../calls/nodeRows.ts';
import { relayRows } from '../calls/relayRows.ts';
import type { Suite } from '../row.ts';

/** Calls: from ringing to talking, what encrypting frames costs, delay, lost networks, memory, and the relay. */
export const calls: Suite = async function* calls(options) {
  yield* nodeRows(options);
  yield* frameRows(options);
  yield* chromiumFrameRows(options);
  yield* relayRows(options);
  yield* chromiumRows(options);
  yield* memoryRows(options);
};
