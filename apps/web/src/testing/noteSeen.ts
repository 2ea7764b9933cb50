/** For tests: what a page shows for a moment only is noted in the page, so that it is not missed where the test looks late. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** Waits until something with `text` was shown. */
export type Seen = (text?: string) => Promise<void>;

/** From now on notes everything that `selector` matches: begin before what brings it. */
export async function noteSeen(page: Page, selector: string): Promise<Seen> {
  const noted = await page.evaluateHandle((wanted) => {
    const texts: string[] = [];
    const look = (): void => {
      for (const element of document.querySelectorAll(wanted)) texts.push(element.textContent ?? '');
    };
    look();
    new MutationObserver(look).observe(document, {
      attributes: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
    return texts;
  }, selector);
  return (text = '') =>
    expect
      .poll(() => noted.evaluate((texts, wanted) => texts.some((each) => each.includes(wanted)), text), {
        message: `${selector} with “${text}” was seen`,
      })
      .toBe(true);
}
