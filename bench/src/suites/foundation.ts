import type { Suite } from '../row.ts';
import { firstLoadRows } from './firstLoad.ts';
import { messageRows } from './messages.ts';
import { serverRows } from './server.ts';

/** What two people chatting need: messages, the server, and the first load of the web app. */
export const foundation: Suite = async function* foundation(options) {
  yield* messageRows(options);
  yield* serverRows(options);
  yield* firstLoadRows(options);
};
