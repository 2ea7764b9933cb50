import { largeGroupRows } from '../groups/largeGroupRows.ts';
import { threadRows } from '../groups/threadRows.ts';
import { transferMemoryRows } from '../groups/transferMemoryRows.ts';
import { transferRows } from '../groups/transferRows.ts';
import type { Suite } from '../row.ts';

/** Groups, and everything people put into messages: files at the server, and what is shown of a long thread. */
export const groups: Suite = async function* groups(options) {
  yield* largeGroupRows(options);
  yield* transferRows(options);
  yield* transferMemoryRows(options);
  yield* threadRows(options);
};
