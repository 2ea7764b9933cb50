/** The screens of groups, as testing/screens.ts has all others. */
import type { Page } from 'playwright-core';
import type { Screen } from './screens.ts';

const open = (page: Page, name: string): Promise<void> =>
  page.locator('a.list-row', { hasText: name }).click();

async function details(page: Page, name: string): Promise<void> {
  await open(page, name);
  await page.locator('.thread').waitFor();
  if ((await page.locator('.details').count()) === 0) {
    await page.getByRole('button', { name: 'Details', exact: true }).click();
  }
  await page.locator('.details .members').waitFor();
}

async function dialogOf(page: Page, group: string, button: string): Promise<void> {
  await details(page, group);
  await page.locator('.details').getByRole('button', { name: button }).click();
  await page.getByRole('dialog').waitFor();
}

async function newGroup(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New chat' }).click();
  await page.getByRole('button', { name: 'New group' }).click();
  await page.getByRole('dialog', { name: 'New group' }).getByLabel('jonas').check();
  await page.getByRole('dialog').getByLabel('wren').check();
}

const rowing = 'Harbour rowing';
const island = 'Everyone on the island';

export const groupScreens: readonly Screen[] = [
  { name: 'groups-list', scene: 'groups' },
  { name: 'group-thread', scene: 'groups', reach: (page) => open(page, rowing) },
  {
    name: 'group-removed',
    scene: 'groups',
    reach: async (page) => {
      await open(page, 'Choir');
      await page.getByText('You were removed from this group').waitFor();
    },
  },
  {
    name: 'group-new-chat',
    scene: 'groups',
    reach: (page) => page.getByRole('button', { name: 'New chat' }).click(),
  },
  { name: 'group-new', scene: 'groups', reach: newGroup },
  {
    name: 'group-new-details',
    scene: 'groups',
    reach: async (page) => {
      await newGroup(page);
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByRole('button', { name: 'Create group' }).click();
      await page.getByText('Give the group a name').waitFor();
    },
  },
  { name: 'group-details', scene: 'groups', reach: (page) => details(page, rowing) },
  {
    name: 'group-details-people',
    scene: 'groups',
    reach: async (page) => {
      await details(page, rowing);
      await page.locator('.details').getByRole('button', { name: 'Options for wren' }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'group-details-end',
    scene: 'groups',
    reach: async (page) => {
      await details(page, rowing);
      await page.getByRole('button', { name: 'Delete group for all' }).scrollIntoViewIfNeeded();
    },
  },
  { name: 'group-details-thousand', scene: 'groups', reach: (page) => details(page, island) },
  {
    name: 'group-search-members',
    scene: 'groups',
    reach: async (page) => {
      await details(page, island);
      const search = page.getByRole('searchbox', { name: 'Search members' });
      await search.fill('edda.9');
      // Only rows near the view exist.
      await search.evaluate((box) => box.scrollIntoView({ block: 'start' }));
      await page.getByText('edda.96', { exact: true }).scrollIntoViewIfNeeded();
    },
  },
  { name: 'group-edit', scene: 'groups', reach: (page) => dialogOf(page, rowing, 'Edit') },
  { name: 'group-add', scene: 'groups', reach: (page) => dialogOf(page, rowing, 'Add people') },
  { name: 'group-rights', scene: 'groups', reach: (page) => dialogOf(page, rowing, 'Who may do what') },
  {
    name: 'group-rights-member',
    scene: 'groups',
    reach: (page) => dialogOf(page, island, 'Who may do what'),
  },
  { name: 'group-links', scene: 'groups', reach: (page) => dialogOf(page, rowing, 'Invite links') },
  {
    name: 'group-link-shown',
    scene: 'groups',
    reach: async (page) => {
      await dialogOf(page, rowing, 'Invite links');
      await page.getByRole('button', { name: 'QR code' }).click();
      await page.getByRole('img', { name: 'QR code' }).waitFor();
    },
  },
  { name: 'group-leave', scene: 'groups', reach: (page) => dialogOf(page, rowing, 'Leave group') },
  {
    name: 'group-sharing',
    scene: 'groups',
    reach: async (page) => {
      await details(page, rowing);
      await page.getByRole('switch', { name: 'New members see earlier messages' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'join',
    scene: 'groups',
    hash: '#join=ask',
    reach: (page) => page.getByRole('button', { name: 'Ask to join' }).waitFor(),
  },
  {
    name: 'join-waiting',
    scene: 'groups',
    hash: '#join=ask',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Ask to join' }).click();
      await page.getByText('Waiting to be let in').waitFor();
    },
  },
  {
    name: 'join-expired',
    scene: 'groups',
    hash: '#join=expired',
    reach: (page) => page.getByText('This link no longer works').first().waitFor(),
  },
  {
    name: 'join-declined',
    scene: 'groups',
    hash: '#join=declined',
    reach: (page) => page.getByText('You were not let in').waitFor(),
  },
  {
    name: 'join-forged',
    scene: 'groups',
    hash: '#join=forged',
    reach: (page) => page.getByText('This link cannot be read').waitFor(),
  },
  {
    name: 'join-signed-out',
    scene: 'signedOut',
    hash: '#join=ask',
    reach: (page) => page.getByText('leads to the group Harbour rowing').waitFor(),
  },
];
