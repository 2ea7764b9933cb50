import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { launchChromiumProfile } from '@sotto/testkit/chromium';
import { buildPage } from './buildPage.ts';
import type {} from './restorePage.ts';
import type { Expected, RestoreTimes, RestoreWork, ReturnTimes } from './restoreTimes.ts';

/** Writes the page that a server is to serve from `folder` (`SOTTO_WEB`). */
export async function buildRestorePage(folder: string): Promise<void> {
  for (const [path, content] of await buildPage(new URL('./restorePage.ts', import.meta.url))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** A device in a Chromium profile of its own, on a page that the server at `address` serves. */
export interface ChromiumDevice {
  restore(work: RestoreWork): Promise<RestoreTimes>;
  /** Closes the page; the device stays signed in. */
  leave(): Promise<void>;
  /** Opens the page again: times from when it began to load. */
  comeBack(expected: Expected): Promise<ReturnTimes>;
  close(): Promise<void>;
}

export async function openChromiumDevice(address: string): Promise<ChromiumDevice> {
  const profile = mkdtempSync(join(tmpdir(), 'sotto-profile-'));
  const context = await launchChromiumProfile(profile);
  context.setDefaultTimeout(0);
  const open = async () => {
    const page = await context.newPage();
    await page.goto(address);
    return page;
  };
  let page = await open();
  return {
    restore: (work) =>
      page.evaluate(
        async (work) => globalThis.restoring.measureRestore(await globalThis.restoring.sotto, work),
        work,
      ),
    leave: () => page.close(),
    async comeBack(expected) {
      page = await open();
      return page.evaluate(
        async (expected) => globalThis.restoring.measureReturn(await globalThis.restoring.sotto, expected, 0),
        expected,
      );
    },
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
