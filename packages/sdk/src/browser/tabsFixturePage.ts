/** The page of `tabs.browser.test.ts`: as `openSotto`, over the notebook instead of the engine. */
import type { SottoApi } from '@sotto/client/api';
import { openTab } from './openTab.ts';
import { Worker } from './trustedWorker.ts';

declare global {
  var sotto: Promise<SottoApi>;
  var texts: string[];
  var violations: string[];
}

globalThis.violations = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
globalThis.sotto = openTab(() => {
  new Worker(new URL('./tabsFixtureWorker.ts', import.meta.url), { type: 'module' });
});
