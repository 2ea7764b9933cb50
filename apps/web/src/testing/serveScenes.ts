/** What browser tests over the fixture share: its scenes, served to the tests of one file, and a page for each of them. */
import { launchChromium } from '@sotto/testkit/chromium';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { type PageOptions, PagePool } from './openPage.ts';
import { type ServedFixture, serveFixture } from './serveFixture.ts';

interface SceneOptions extends PageOptions {
  /** See scenes.ts. */
  readonly scene: string;
  readonly hash?: string | undefined;
}

type InScene = (options: SceneOptions, test: (page: Page) => Promise<void>) => Promise<void>;

/** Serves the fixture from before the first test of a file to after its last. No page may complain. */
export function serveScenes(flags: readonly string[] = []): InScene {
  let started: { browser: Browser; pages: PagePool; fixture: ServedFixture } | null = null;
  beforeAll(async () => {
    const [browser, fixture] = await Promise.all([launchChromium({ flags }), serveFixture()]);
    started = { browser, pages: new PagePool(browser), fixture };
  });
  afterAll(async () => {
    await started?.browser.close();
    await started?.fixture.close();
  });
  return async (options, test) => {
    if (started === null) throw new Error('The fixture is not served');
    const { pages, fixture } = started;
    await pages.use(options, async ({ page, complaints }) => {
      await page.goto(fixture.address(options.scene, options.hash));
      await page.locator('main, nav').first().waitFor();
      // Placeholders are gone; but the engine of the one that is starting never comes.
      if (options.scene !== 'starting') {
        await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
      }
      await test(page);
      expect(complaints).toEqual([]);
    });
  };
}
