/** Disappearing messages as people see them, over the fixture, which never takes a message away: the page does by itself. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { serveScenes } from '../testing/serveScenes.ts';

const inScene = serveScenes();

function run(name: string, chat: string, test: (page: Page) => Promise<void>): void {
  it(name, async () => {
    await inScene({ name: `disappearing-${name}`, scene: 'disappearing' }, async (page) => {
      await page.locator('a.list-row', { hasText: chat }).click();
      await page.locator('#composer').waitFor();
      await test(page);
    });
  });
}

const bubble = (page: Page, text: string) =>
  page.locator('.bubble', { has: page.locator('.bubble-text', { hasText: text }) });
const chip = (page: Page) => page.locator('.composer-timer');
const chipText = (page: Page) => chip(page).locator('[aria-hidden]:not(svg)').textContent();
const dialog = (page: Page) => page.getByRole('dialog');
const calls = (page: Page) => page.evaluate(() => window.sottoFixture.calls);
/** Its time runs from now on; the fixture itself lets it stay. */
const letRun = (page: Page, text: string, seconds: number) =>
  page.evaluate(([said, time]) => window.sottoFixture.letRun('jonas', said, time), [text, seconds] as const);
const bodyText = (page: Page) => page.evaluate(() => document.body.textContent);
async function leaveWindow(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'hasFocus', { value: () => false, configurable: true });
    window.dispatchEvent(new Event('blur'));
  });
}
const filterOf = (page: Page, text: string) =>
  bubble(page, text).evaluate((element) => getComputedStyle(element).filter);

describe('a message whose time is over', () => {
  run('leaves the thread, the list and what quotes it', 'jonas', async (page) => {
    await page.locator('.quoted', { hasText: '4711' }).waitFor();
    await letRun(page, 'The code for the gate is 4711', 2);
    await bubble(page, 'The code for the gate').waitFor({ state: 'detached' });
    await bubble(page, 'Written down').getByText('not on this device').waitFor();
    expect(await bodyText(page)).not.toContain('4711');
    const last = 'On its way while there is no connection';
    await page.locator('.list-snippet', { hasText: last }).waitFor();
    await letRun(page, last, 2);
    await expect.poll(() => bodyText(page)).not.toContain(last);
  });

  run('leaves the bar of pins and their list', 'jonas', async (page) => {
    await page.getByRole('button', { name: 'Show all pinned messages' }).click();
    await dialog(page).getByText('Off until nine').waitFor();
    await letRun(page, 'Off until nine', 2);
    await expect.poll(() => bodyText(page)).not.toContain('Off until nine');
  });

  run('closes its menu, and what it is edited in', 'jonas', async (page) => {
    await bubble(page, 'And the alarm?').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await expect.poll(() => page.locator('#composer').inputValue()).toBe('And the alarm?');
    await bubble(page, 'And the alarm?').click({ button: 'right' });
    await page.getByRole('menu').waitFor();
    await letRun(page, 'And the alarm?', 2);
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('#composer').inputValue()).toBe('');
    expect(await bodyText(page)).not.toContain('And the alarm?');
  });

  run('is answered no longer', 'jonas', async (page) => {
    await bubble(page, 'Off until nine').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Reply' }).click();
    await page.locator('.composer-top', { hasText: 'Off until nine' }).waitFor();
    await page.locator('#composer').fill('Then at nine');
    await letRun(page, 'Off until nine', 2);
    await page.locator('.composer-top').waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('#composer').inputValue()).toBe('Then at nine');
  });

  run('takes its picture out of the viewer, and its voice out of the player', 'jonas', async (page) => {
    await page.locator('.voiceRow').getByRole('button', { name: 'Play' }).click();
    await page.locator('.player').waitFor();
    await letRun(page, '', 2);
    await page.locator('.player').waitFor({ state: 'detached' });
    await page.evaluate(() => {
      const revoked: string[] = [];
      const revoke = URL.revokeObjectURL.bind(URL);
      URL.revokeObjectURL = (address) => {
        revoked.push(address);
        revoke(address);
      };
      Object.assign(window, { revoked });
    });
    await page.getByRole('button', { name: 'Open Photo' }).click();
    const photo = page.locator('.viewer-photo');
    await photo.waitFor();
    await expect.poll(() => photo.getAttribute('data-small')).toBe('false');
    const address = await photo.getAttribute('src');
    await letRun(page, 'The quay tonight', 2);
    await page.locator('.viewer').waitFor({ state: 'detached' });
    await page.locator('.photoGrid').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => (window as unknown as { revoked: string[] }).revoked)).toContain(
      address,
    );
  });
});

describe('a thread that empties', () => {
  const open = async (page: Page, chat: string): Promise<void> => {
    await page.locator('a.list-row', { hasText: chat }).click();
    await page.locator('.bubble').first().waitFor();
    // As loaded: nothing older comes in while it is at its end.
    await expect.poll(() => page.evaluate(() => window.sottoFixture.pagesInFlight())).toBe(0);
  };
  const takeAway = (page: Page, chat: string, count: number) =>
    page.evaluate(([who, many]) => window.sottoFixture.takeAway(who, 'Gone soon', many), [
      chat,
      count,
    ] as const);
  const holdPages = (page: Page, hold: boolean) =>
    page.evaluate((on) => window.sottoFixture.holdPages(on), hold);

  it('goes on to what stays, past pages that are over as they come', async () => {
    await inScene({ name: 'fleeting-over', scene: 'fleeting' }, async (page) => {
      await open(page, 'ida.lund');
      await page.evaluate(() => window.sottoFixture.letRun('ida.lund', 'Gone soon', 0));
      await bubble(page, 'This stays.').waitFor();
      await expect.poll(() => page.locator('.bubble').count()).toBe(4);
    });
  });

  it('loads what is left of it, also where its page is gone as it comes', async () => {
    await inScene({ name: 'fleeting-gone', scene: 'fleeting' }, async (page) => {
      await open(page, 'jonas');
      await holdPages(page, true);
      await takeAway(page, 'jonas', 150);
      await expect.poll(() => page.evaluate(() => window.sottoFixture.pagesInFlight())).not.toBe(0);
      await takeAway(page, 'jonas', 100);
      await holdPages(page, false);
      await bubble(page, 'Gone soon').first().waitFor();
      await takeAway(page, 'jonas', 50);
      await bubble(page, 'This stays.').waitFor();
      await expect.poll(() => page.locator('.bubble').count()).toBe(1);
    });
  });
});

describe('the timer of a message', () => {
  run('says its length before it began, then runs down', 'jonas', async (page) => {
    await bubble(page, 'On its way').getByText('Disappears 30 seconds after it was sent').waitFor();
    await letRun(page, 'And the alarm?', 40);
    const ring = bubble(page, 'And the alarm?').locator('.timerRing');
    const left = () => ring.evaluate((element) => Number(element.style.getPropertyValue('--left')));
    const first = await left();
    await expect.poll(left).toBeLessThan(first);
    await expect.poll(() => ring.getByRole('timer').textContent()).toMatch(/^Disappears in \d+ seconds$/);
    await ring.hover();
    await expect
      .poll(() => ring.getByRole('timer').evaluate((element) => getComputedStyle(element).opacity))
      .toBe('1');
  });

  run('leaves no way to star or to forward it', 'jonas', async (page) => {
    await bubble(page, 'And the alarm?').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Reply' }).waitFor();
    await expect.poll(() => page.getByRole('menuitem', { name: /^(Star|Forward)$/ }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await bubble(page, 'This one stays').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Star', exact: true }).waitFor();
  });
});

describe('the timer of a chat', () => {
  run('is set to a usual time and turned off', 'jonas', async (page) => {
    expect(await chipText(page)).toBe('30 s');
    await chip(page).click();
    await expect.poll(() => dialog(page).getByLabel('30 seconds').isChecked()).toBe(true);
    await dialog(page).getByLabel('12 hours').check();
    await dialog(page).getByRole('button', { name: 'Set timer' }).click();
    await dialog(page).waitFor({ state: 'detached' });
    await expect.poll(() => chipText(page)).toBe('12 h');
    await page.getByText('You set messages to disappear after 12 hours.').waitFor();
    await chip(page).click();
    await dialog(page).getByLabel('Off', { exact: true }).check();
    await dialog(page).getByRole('button', { name: 'Set timer' }).click();
    await chip(page).waitFor({ state: 'detached' });
    await page.locator('.details').getByRole('button', { name: 'Set a timer' }).click();
    await dialog(page).getByLabel('5 seconds').check();
    await dialog(page).getByRole('button', { name: 'Set timer' }).click();
    await expect.poll(() => chipText(page)).toBe('5 s');
    expect(await calls(page)).toEqual(expect.arrayContaining(['setTimer 43200', 'setTimer 0', 'setTimer 5']));
  });

  run('is set to any other time, and says what is wrong with it', 'jonas', async (page) => {
    await chip(page).click();
    await dialog(page).getByLabel('Another time').check();
    const set = async (typed: string, unit: string): Promise<void> => {
      await dialog(page).getByLabel('Number').fill(typed);
      await dialog(page).getByLabel('Unit').selectOption(unit);
      await dialog(page).getByRole('button', { name: 'Set timer' }).click();
    };
    await set('4', 'second');
    await dialog(page).getByText('messages stay for 5 seconds at least').waitFor();
    await set('29', 'day');
    await dialog(page).getByText('messages stay for 4 weeks at most').waitFor();
    await set('soon', 'hour');
    await dialog(page).getByText('Enter a whole number').waitFor();
    expect((await calls(page)).filter((call) => call.startsWith('setTimer'))).toEqual([]);
    await set('90', 'second');
    await expect.poll(() => chipText(page)).toBe('1 min 30 s');
    await chip(page).click();
    await expect.poll(() => dialog(page).getByLabel('Another time').isChecked()).toBe(true);
    await expect.poll(() => dialog(page).getByLabel('Number').inputValue()).toBe('90');
  });

  run('is shown and stays as it is to who may not set it', 'Night watch', async (page) => {
    await page.locator('.details').getByText('only those who run it can set the timer').waitFor();
    await chip(page).click();
    await dialog(page).getByText('only those who run it can set the timer').waitFor();
    await expect.poll(() => dialog(page).getByLabel('24 hours').isChecked()).toBe(true);
    await expect.poll(() => dialog(page).getByRole('radio', { disabled: false }).count()).toBe(0);
    await expect.poll(() => dialog(page).getByRole('button', { name: 'Set timer' }).count()).toBe(0);
  });

  run('says what waits to be in force', 'ida.lund', async (page) => {
    expect(await chipText(page)).toBe('5 min');
    await page.locator('.details').getByText('You set 5 minutes. It is in force once').waitFor();
  });

  run('says why what was asked for did not come about', 'Harbour office', async (page) => {
    expect(await chipText(page)).toBe('1 min 30 s');
    await page.locator('.details').getByText('It could not be set to 5 seconds.').waitFor();
  });
});

describe('in the settings', () => {
  run('new chats get a timer', 'jonas', async (page) => {
    await page.evaluate(() => {
      location.hash = '#/settings';
    });
    await page.getByText('New chats that you begin keep their messages.').click();
    await dialog(page).getByLabel('6 hours').check();
    await dialog(page).getByRole('button', { name: 'Set for new chats' }).click();
    await page.getByText('messages disappear after 6 hours').waitFor();
    expect(await calls(page)).toContain('setDefaultTimer 21600');
  });

  run('the blur of a window that is left is turned off', 'jonas', async (page) => {
    expect(await filterOf(page, 'And the alarm?')).toBe('none');
    await leaveWindow(page);
    await expect.poll(() => filterOf(page, 'And the alarm?')).toContain('blur');
    expect(await filterOf(page, 'This one stays')).toBe('none');
    const quote = page.locator('.quoted', { hasText: '4711' });
    expect(await quote.evaluate((element) => getComputedStyle(element).filter)).toContain('blur');
    await page.evaluate(() => {
      location.hash = '#/settings';
    });
    const blur = page.getByRole('switch', { name: 'Blur disappearing messages' });
    await expect.poll(() => blur.isChecked()).toBe(true);
    await blur.uncheck();
    await page.locator('a.list-row', { hasText: 'jonas' }).click();
    await bubble(page, 'And the alarm?').waitFor();
    expect(await filterOf(page, 'And the alarm?')).toBe('none');
  });
});
