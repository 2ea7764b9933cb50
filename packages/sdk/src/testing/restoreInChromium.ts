import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { launchChromium } from '@sotto/testkit/chromium';
import { buildPage } from './buildPage.ts';
import type {} from './restorePage.ts';
import type { RestoreTimes, RestoreWork } from './restoreTimes.ts';

/** Writes the page that a server is to serve from `folder` (`SOTTO_WEB`). */
export async function buildRestorePage(folder: string): Promise<void> {
  for (const [path, content] of await buildPage(new URL('./restorePage.ts', import.meta.url))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Restores in a new Chromium profile, on a page that the server at `address` serves. */
export async function restoreInChromium(address: string, work: RestoreWork): Promise<RestoreTimes> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(address);
    return await page.evaluate(
      async (work) => globalThis.restoring.measureRestore(await globalThis.restoring.sotto, work),
      work,
    );
  } finally {
    await browser.close();
  }
}
