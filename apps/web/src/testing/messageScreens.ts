/** What people do with messages, and how to get to it: part of screens.ts. */
import type { Page } from 'playwright-core';
import type { Screen } from './screens.ts';

const scene = 'messages';
const open = async (page: Page, name: string): Promise<void> => {
  await page.locator('a.list-row', { hasText: name }).click();
  await page.locator('.bubble').first().waitFor();
};
const bubble = (page: Page, text: string) => page.locator('.bubble', { hasText: text });
const menu = async (page: Page, text: string): Promise<void> => {
  await open(page, 'Harbour crew');
  await bubble(page, text).click({ button: 'right' });
  await page.getByRole('menu').waitFor();
};
const act = async (page: Page, text: string, item: string): Promise<void> => {
  await menu(page, text);
  await page.getByRole('menuitem', { name: item, exact: true }).click();
};
const dialog = (page: Page): Promise<void> => page.getByRole('dialog').waitFor();
const later = async (page: Page): Promise<void> => {
  await open(page, 'ida.lund');
  await page.locator('#composer').fill('Happy birthday!');
  await page.getByRole('button', { name: 'Without a sound, or later' }).click();
  await page.getByRole('menu').waitFor();
};

export const messageScreens: readonly Screen[] = [
  {
    name: 'messages-group',
    scene,
    reach: async (page) => {
      await open(page, 'Harbour crew');
      await bubble(page, 'I come by train').waitFor();
    },
  },
  {
    name: 'messages-styles',
    scene,
    reach: async (page) => {
      await open(page, 'Harbour crew');
      await page.locator('.thread-scroller').evaluate((element) => {
        element.scrollTop = 0;
      });
      await bubble(page, 'They hang in my hall').waitFor();
    },
  },
  {
    name: 'messages-direct',
    scene,
    reach: async (page) => {
      await open(page, 'ida.lund');
      await page.getByText('Only signs that cannot be seen').waitFor();
    },
  },
  { name: 'message-menu', scene, reach: (page) => menu(page, 'Here is who') },
  {
    name: 'message-reply',
    scene,
    reach: async (page) => {
      await act(page, 'I come by train', 'Reply');
      await page.locator('#composer').fill('Great, I am there at ten');
    },
  },
  {
    name: 'message-edit',
    scene,
    reach: async (page) => {
      await open(page, 'ida.lund');
      await page.locator('#composer').focus();
      await page.keyboard.press('ArrowUp');
      await page.locator('.composer-top').waitFor();
    },
  },
  {
    name: 'message-select',
    scene,
    reach: async (page) => {
      await act(page, 'I come by train', 'Select');
      await page.getByRole('toolbar', { name: 'Selected messages' }).waitFor();
    },
  },
  {
    name: 'message-delete',
    scene,
    reach: async (page) => {
      await act(page, 'Here is who', 'Delete');
      await dialog(page);
    },
  },
  {
    name: 'message-forward',
    scene,
    reach: async (page) => {
      await act(page, 'Here is who', 'Forward');
      await page.getByRole('checkbox').first().check();
    },
  },
  {
    name: 'message-seen-by',
    scene,
    reach: async (page) => {
      await act(page, 'Here is who', 'Seen by');
      await page.getByText('Read by').waitFor();
    },
  },
  {
    name: 'message-reactions',
    scene,
    reach: async (page) => {
      await open(page, 'Harbour crew');
      await page.locator('.thread-scroller').evaluate((element) => {
        element.scrollTop = 0;
      });
      await bubble(page, 'They hang in my hall').click({ button: 'right', position: { x: 8, y: 8 } });
      await page.getByRole('menuitem', { name: 'Who reacted' }).click();
      await dialog(page);
    },
  },
  {
    name: 'message-versions',
    scene,
    reach: async (page) => {
      await open(page, 'Harbour crew');
      await bubble(page, 'The map').getByRole('button', { name: 'edited' }).click();
      await page.getByText('Now, ').waitFor();
    },
  },
  {
    name: 'message-pins',
    scene,
    reach: async (page) => {
      await open(page, 'Harbour crew');
      await page.getByRole('button', { name: 'Show all pinned messages' }).click();
      await page.locator('.messageItem').waitFor();
    },
  },
  {
    name: 'message-date',
    scene,
    reach: async (page) => {
      await open(page, 'Harbour crew');
      await page.locator('.daySeparator button').last().click();
      await dialog(page);
    },
  },
  {
    name: 'starred',
    scene,
    hash: '#/starred',
    reach: (page) => page.locator('.starred .messageItem').waitFor(),
  },
  {
    name: 'starred-empty',
    scene: 'empty',
    hash: '#/starred',
    reach: (page) => page.getByText('No starred messages').waitFor(),
  },
  {
    name: 'emoji',
    scene,
    reach: async (page) => {
      await open(page, 'ida.lund');
      await page.getByRole('button', { name: 'Choose an emoji' }).click();
      await page.getByRole('option').first().waitFor();
    },
  },
  {
    name: 'emoji-search',
    scene,
    reach: async (page) => {
      await open(page, 'ida.lund');
      await page.getByRole('button', { name: 'Choose an emoji' }).click();
      await page.getByRole('combobox', { name: 'Search emoji' }).fill('wave');
      await page.getByRole('option', { name: 'waving hand' }).waitFor();
    },
  },
  {
    name: 'composer-people',
    scene,
    reach: async (page) => {
      await open(page, 'Harbour crew');
      await page.locator('#composer').pressSequentially('Ask @');
      await page.getByRole('listbox').waitFor();
    },
  },
  {
    name: 'composer-styles',
    scene,
    reach: async (page) => {
      await open(page, 'ida.lund');
      await page.locator('#composer').fill('make this bold');
      await page.locator('#composer').focus();
      await page.keyboard.press('Control+a');
      await page.getByRole('toolbar', { name: 'Text styles' }).waitFor();
    },
  },
  { name: 'composer-later', scene, reach: later },
  {
    name: 'composer-schedule',
    scene,
    reach: async (page) => {
      await later(page);
      await page.getByRole('menuitem', { name: 'At another time' }).click();
      await dialog(page);
    },
  },
  {
    name: 'composer-scheduled',
    scene,
    reach: async (page) => {
      await later(page);
      await page.getByRole('menuitem', { name: 'In an hour' }).click();
      await page.getByText('1 message waits for its time').click();
      await dialog(page);
    },
  },
];
