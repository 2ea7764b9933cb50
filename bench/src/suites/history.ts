import { catchUpRows, measureOpenings } from '../history/openingRows.ts';
import { restoreRows } from '../history/restoreRows.ts';
import { searchRows } from '../history/searchRows.ts';
import { storedRows } from '../history/storedRows.ts';
import type { Suite } from '../row.ts';

/** A long history: on a device that comes later or comes back, on the server, and in search. */
export const history: Suite = async function* history(options) {
  const openings = await measureOpenings(options);
  yield* restoreRows(openings, options);
  yield* catchUpRows(openings, options);
  yield* storedRows();
  yield* searchRows(options);
};
