/** Every screen, light on a desktop and dark on a phone: axe finds nothing, the page's policy is kept. */
import AxeBuilder from '@axe-core/playwright';
import { launchChromium } from '@sotto/testkit/chromium';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Layout, type Scheme, withPage } from './testing/openPage.ts';
import { screens } from './testing/screens.ts';
import { type ServedFixture, serveFixture } from './testing/serveFixture.ts';

let browser: Browser;
let fixture: ServedFixture;
beforeAll(async () => {
  [browser, fixture] = await Promise.all([launchChromium(), serveFixture()]);
});
afterAll(async () => {
  await browser?.close();
  await fixture?.close();
});

const looks: readonly [Layout, Scheme][] = [
  ['desktop', 'light'],
  ['phone', 'dark'],
];

describe.each(looks)('on a %s, %s', (layout, scheme) => {
  it.concurrent.each(screens)('$name has no finding by axe and keeps the policy', async (screen) => {
    await withPage(
      browser,
      { layout, scheme, name: `${screen.name}-${layout}-${scheme}` },
      async (opened) => {
        const { page, complaints } = opened;
        await page.goto(fixture.address(screen.scene, screen.hash));
        await page.locator('main, nav').first().waitFor();
        await screen.reach?.(page);
        const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
        const found = violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`,
        );
        expect(found).toEqual([]);
        const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(width, 'nothing is wider than the screen').toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
        if (process.env.SCREENSHOT_FOLDER !== undefined) {
          const file = `${process.env.SCREENSHOT_FOLDER}/${screen.name}-${layout}-${scheme}.png`;
          await page.screenshot({ path: file });
        }
      },
    );
  });
});
