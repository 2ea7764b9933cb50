import { searchRows } from '../history/searchRows.ts';
import type { Suite } from '../row.ts';

/** A long history on one device. */
export const history: Suite = async function* history(options) {
  yield* searchRows(options);
};
