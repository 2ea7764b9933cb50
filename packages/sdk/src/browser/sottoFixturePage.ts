/** The page of `openSotto.browser.test.ts`. */
import type { SottoApi } from '@sotto/client/api';
import { until } from '../until.ts';
import { openSotto } from './openSotto.ts';

declare global {
  var sotto: Promise<SottoApi>;
  var waitFor: typeof until;
  var violations: string[];
}

globalThis.violations = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
globalThis.waitFor = until;
globalThis.sotto = openSotto();
