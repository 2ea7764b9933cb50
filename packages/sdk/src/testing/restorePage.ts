/** The page in which restoring is measured (`restoreInChromium.ts`). */
import type { SottoApi } from '@sotto/client/api';
import { openSotto } from '../browser/openSotto.ts';
import { measureRestore } from './restoreTimes.ts';

declare global {
  var restoring: { readonly sotto: Promise<SottoApi>; readonly measureRestore: typeof measureRestore };
}

globalThis.restoring = { sotto: openSotto(), measureRestore };
