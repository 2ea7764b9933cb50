/** The page of `engineCalls.browser.test.ts`: calls over the real engine. */
import './watchPage.ts';
import type { SottoApi } from '@sotto/client/api';
import { until } from '../../../until.ts';
import { openSotto } from '../../openSotto.ts';
import { createCalls } from '../createCalls.ts';

declare global {
  var callingSotto: Promise<SottoApi>;
  var untilView: typeof until;
}

globalThis.untilView = until;
globalThis.callingSotto = openSotto().then((sotto) => {
  globalThis.calls = createCalls(sotto);
  return sotto;
});
