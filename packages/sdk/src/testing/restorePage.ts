/** The page in which restoring is measured (`restoreInChromium.ts`). */
import type { SottoApi } from '@sotto/client/api';
import { openSotto } from '../browser/openSotto.ts';
import { measureRestore, measureReturn } from './restoreTimes.ts';

declare global {
  var restoring: {
    readonly sotto: Promise<SottoApi>;
    readonly measureRestore: typeof measureRestore;
    readonly measureReturn: typeof measureReturn;
  };
}

globalThis.restoring = { sotto: openSotto(), measureRestore, measureReturn };
