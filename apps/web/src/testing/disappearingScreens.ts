/** Disappearing messages, and how to get to them: part of screens.ts. */
import type { Page } from 'playwright-core';
import type { Screen } from './screens.ts';

const scene = 'disappearing';

const open = async (page: Page, name: string): Promise<void> => {
  await page.locator('a.list-row', { hasText: name }).click();
  await page.locator('.bubble').first().waitFor();
};

async function details(page: Page, name: string): Promise<void> {
  await open(page, name);
  if ((await page.locator('.details').count()) === 0) {
    await page.getByRole('button', { name: 'Details', exact: true }).click();
  }
  await page
    .locator('.details')
    .getByRole('heading', { name: 'Disappearing messages' })
    .scrollIntoViewIfNeeded();
}

const chip = (page: Page) => page.locator('.composer-timer');
const dialog = (page: Page) => page.getByRole('dialog');

async function custom(page: Page, typed: string, unit: string): Promise<void> {
  await open(page, 'jonas');
  await chip(page).click();
  await dialog(page).getByLabel('Another time').check();
  await dialog(page).getByLabel('Number').fill(typed);
  await dialog(page).getByLabel('Unit').selectOption(unit);
  await dialog(page).getByRole('button', { name: 'Set timer' }).click();
}

export const disappearingScreens: readonly Screen[] = [
  { name: 'disappearing-list', scene },
  {
    name: 'disappearing-thread',
    scene,
    reach: async (page) => {
      await open(page, 'jonas');
      await page.locator('.timerRing').last().hover();
    },
  },
  {
    name: 'disappearing-blurred',
    scene,
    reach: async (page) => {
      await open(page, 'jonas');
      await page.evaluate(() => {
        Object.defineProperty(document, 'hasFocus', { value: () => false, configurable: true });
        window.dispatchEvent(new Event('blur'));
      });
      await page.locator('[data-away="true"]').waitFor();
    },
  },
  {
    name: 'disappearing-menu',
    scene,
    reach: async (page) => {
      await open(page, 'jonas');
      await page.locator('.bubble', { hasText: 'And the alarm?' }).click({ button: 'right' });
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'disappearing-timer',
    scene,
    reach: async (page) => {
      await open(page, 'jonas');
      await chip(page).click();
      await dialog(page).waitFor();
    },
  },
  {
    name: 'disappearing-custom-short',
    scene,
    reach: async (page) => {
      await custom(page, '4', 'second');
      await page.getByText('That is too short').waitFor();
    },
  },
  {
    name: 'disappearing-custom-long',
    scene,
    reach: async (page) => {
      await custom(page, '5', 'week');
      await page.getByText('That is too long').waitFor();
    },
  },
  {
    name: 'disappearing-not-allowed',
    scene,
    reach: async (page) => {
      await open(page, 'Night watch');
      await chip(page).click();
      await dialog(page).getByText('only those who run it').waitFor();
    },
  },
  { name: 'disappearing-details', scene, reach: (page) => details(page, 'jonas') },
  { name: 'disappearing-waiting', scene, reach: (page) => details(page, 'ida.lund') },
  { name: 'disappearing-failed', scene, reach: (page) => details(page, 'Harbour office') },
  { name: 'disappearing-fixed', scene, reach: (page) => details(page, 'Night watch') },
  {
    name: 'disappearing-settings',
    scene,
    hash: '#/settings',
    reach: (page) => page.getByText('Timer of new chats').scrollIntoViewIfNeeded(),
  },
  {
    name: 'disappearing-default',
    scene,
    hash: '#/settings',
    reach: async (page) => {
      await page.getByText('Timer of new chats').click();
      await dialog(page).waitFor();
    },
  },
];
