import { chromiumRows } from '../disappearing/chromiumRows.ts';
import { nodeRows } from '../disappearing/nodeRows.ts';
import { serverRows } from '../disappearing/serverRows.ts';
import type { Suite } from '../row.ts';

/** Very many messages that disappear within the same minute: on a device in Node and in the web app, and at the server. */
export const disappearing: Suite = async function* disappearing(options) {
  yield* nodeRows(options);
  yield* chromiumRows(options);
  yield* serverRows(options);
};
