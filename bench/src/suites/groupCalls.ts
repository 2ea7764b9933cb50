import { forwardRows } from '../groupCalls/forwardRows.ts';
import { joinRows } from '../groupCalls/joinRows.ts';
import { keyRows } from '../groupCalls/keyRows.ts';
import { roomRows } from '../groupCalls/roomRows.ts';
import type { Suite } from '../row.ts';

/** Calls of groups: what the relay forwards and takes, joining, and how soon new keys are in use. */
export const groupCalls: Suite = async function* groupCalls(options) {
  yield* forwardRows(options);
  yield* roomRows(options);
  yield* keyRows(options);
  yield* joinRows(options);
};
