/** Every screen, light on a desktop and dark on a phone: axe finds nothing, the page's policy is kept. */
import AxeBuilder from '@axe-core/playwright';
import { describe, expect, it } from 'vitest';
import type { Layout, Scheme } from './testing/openPage.ts';
import { screens } from './testing/screens.ts';
import { serveScenes } from './testing/serveScenes.ts';

const inScene = serveScenes();

const looks: readonly [Layout, Scheme][] = [
  ['desktop', 'light'],
  ['phone', 'dark'],
];

describe.each(looks)('on a %s, %s', (layout, scheme) => {
  it.concurrent.each(screens)('$name has no finding by axe and keeps the policy', async (screen) => {
    const name = `${screen.name}-${layout}-${scheme}`;
    await inScene({ layout, scheme, name, scene: screen.scene, hash: screen.hash }, async (page) => {
      await screen.reach?.(page);
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
      expect(found).toEqual([]);
      const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(width, 'nothing is wider than the screen').toBeLessThanOrEqual(0);
      if (process.env.SCREENSHOT_FOLDER !== undefined) {
        const file = `${process.env.SCREENSHOT_FOLDER}/${name}.png`;
        await page.screenshot({ path: file });
      }
    });
  });
});
