import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildPage } from './buildPage.ts';
import type {} from './disappearingPage.ts';

/** Where the page is that fills a device's database, and measures beside the app. */
export const disappearingPath = '/disappearing.html';

/** Adds that page to the app in `folder`, which a server is to serve (`SOTTO_WEB`). */
export async function addDisappearingPage(folder: string): Promise<void> {
  for (const [path, content] of await buildPage(new URL('./disappearingPage.ts', import.meta.url))) {
    const place = join(folder, path === '/index.html' ? disappearingPath : path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
  }
}
