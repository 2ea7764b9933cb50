/**
 * Every screen of the app and how to get to it from a scene, for tests and for looking at them. Longer than other files on
 * purpose: one list shows what is missing.
 */
import type { Page } from 'playwright-core';
import { callScreens } from './callScreens.ts';
import { disappearingScreens } from './disappearingScreens.ts';
import { groupCallScreens } from './groupCallScreens.ts';
import { groupScreens } from './groupScreens.ts';
import { mediaScreens } from './mediaScreens.ts';
import { messageScreens } from './messageScreens.ts';

export interface Screen {
  readonly name: string;
  readonly scene: string;
  readonly hash?: string;
  readonly reach?: (page: Page) => Promise<void>;
}

const create = (page: Page): Promise<void> => page.getByRole('button', { name: 'Create account' }).click();
const row = (page: Page, name: string): Promise<void> =>
  page.locator('a.list-row', { hasText: name }).click();
const menu = async (page: Page, item: string): Promise<void> => {
  await page.getByRole('button', { name: 'Account @maren' }).click();
  await page.getByRole('menuitem', { name: item }).click();
};

async function details(page: Page, name: string): Promise<void> {
  await row(page, name);
  await page.locator('.thread').waitFor();
  if ((await page.locator('.details').count()) === 0) {
    await page.getByRole('button', { name: 'Details', exact: true }).click();
  }
  await page.locator('.details').waitFor();
}

export const screens: readonly Screen[] = [
  { name: 'welcome', scene: 'signedOut' },
  { name: 'welcome-closed', scene: 'closed' },
  { name: 'welcome-invited', scene: 'signedOut', hash: '#invite=b7d0' },
  {
    name: 'create',
    scene: 'signedOut',
    reach: async (page) => {
      await create(page);
      await page.getByLabel('Username').fill('maren');
      await page.getByText('harbor thimble').or(page.getByText('lantern orbit')).waitFor();
    },
  },
  {
    name: 'create-own-password',
    scene: 'signedOut',
    reach: async (page) => {
      await create(page);
      await page.getByLabel('Username').fill('ma..ren');
      await page.getByRole('button', { name: 'Use my own password' }).click();
      await page.getByRole('textbox', { name: 'Password' }).fill('password123');
      await page.getByText('easy to guess').waitFor();
    },
  },
  {
    name: 'pairing',
    scene: 'signedOut',
    reach: async (page) => {
      await page.getByRole('button', { name: 'I have an account' }).click();
      await page.getByRole('button', { name: 'Sign in with another device' }).click();
      await page.getByText('Waiting for the other device').waitFor();
    },
  },
  {
    name: 'add-device',
    scene: 'chats',
    hash: `#add=AQ${'x7-'.repeat(14)}`,
    reach: async (page) => page.getByText('Add Firefox on Android?').waitFor(),
  },
  {
    name: 'add-device-no-camera',
    scene: 'chats',
    hash: '#/settings/devices',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Add a device' }).click();
      await page.getByText('There is no camera here').waitFor();
    },
  },
  {
    name: 'recovery',
    scene: 'signedOut',
    reach: async (page) => {
      await create(page);
      await page.getByLabel('Username').fill('maren');
      await page.getByText('harbor thimble').or(page.getByText('lantern orbit')).waitFor();
      await create(page);
      await page.getByText('Keep your recovery code').waitFor();
    },
  },
  {
    name: 'sign-in',
    scene: 'returning',
    reach: async (page) => {
      await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByText('Wrong password').waitFor();
    },
  },
  {
    name: 'storage-lost',
    scene: 'signedOut',
    reach: async (page) => {
      await page.evaluate((deviceId) => {
        localStorage.setItem('sotto.device', deviceId);
        localStorage.setItem('sotto.username', 'maren');
      }, '9'.repeat(32));
      await page.reload();
      await page.getByText('This browser has deleted').waitFor();
    },
  },
  {
    name: 'pairing-sign-in-first',
    scene: 'returning',
    hash: `#add=AQ${'x7-'.repeat(14)}`,
    reach: async (page) => page.getByText('Sign in here first').waitFor(),
  },
  { name: 'starting', scene: 'starting' },
  { name: 'insecure', scene: 'insecure' },
  { name: 'storage', scene: 'storage' },
  { name: 'storage-damaged', scene: 'corrupt' },
  { name: 'removed', scene: 'removed' },
  { name: 'empty', scene: 'empty' },
  { name: 'list', scene: 'shots' },
  { name: 'list-kept', scene: 'kept', reach: (page) => page.getByText('Archived').waitFor() },
  {
    name: 'list-menu',
    scene: 'kept',
    reach: async (page) => {
      await page.locator('a.list-row', { hasText: 'ida.lund' }).click({ button: 'right' });
      await page.getByRole('menuitem', { name: 'Pin to the top' }).waitFor();
    },
  },
  {
    name: 'list-menu-muted',
    scene: 'kept',
    reach: async (page) => {
      await page.evaluate(() => window.sottoFixture.setConnection({ kind: 'online' }));
      await page.locator('a.list-row', { hasText: 'theodora' }).click({ button: 'right' });
      await page.getByRole('menuitem', { name: 'Unmute' }).waitFor();
    },
  },
  {
    name: 'archived',
    scene: 'kept',
    hash: '#/archived',
    reach: (page) => page.locator('a.list-row', { hasText: 'noor' }).waitFor(),
  },
  {
    name: 'archived-open',
    scene: 'kept',
    hash: '#/archived',
    reach: (page) => row(page, 'noor'),
  },
  {
    name: 'archived-empty',
    scene: 'shots',
    hash: '#/archived',
    reach: (page) => page.getByText('Nothing archived').waitFor(),
  },
  { name: 'archived-all', scene: 'allKept', reach: (page) => page.getByText('All your chats').waitFor() },
  { name: 'thread', scene: 'shots', reach: (page) => row(page, 'jonas') },
  { name: 'thread-trouble', scene: 'shots', reach: (page) => row(page, 'emil') },
  { name: 'thread-empty', scene: 'shots', reach: (page) => row(page, 'quiet') },
  {
    name: 'thread-typing',
    scene: 'shots',
    reach: async (page) => {
      await row(page, 'ida.lund');
      await page.locator('#composer').fill('Three lines\nof a message\nthat is being written');
    },
  },
  {
    name: 'thread-offline',
    scene: 'shots',
    reach: async (page) => {
      await row(page, 'noor');
      await page.evaluate(() => window.sottoFixture.setConnection({ kind: 'offline', retryAtMs: null }));
      await page.getByText('Offline. What you write').waitFor();
    },
  },
  { name: 'thread-unknown', scene: 'shots', hash: `#/c/${'0'.repeat(32)}` },
  {
    name: 'details',
    scene: 'shots',
    reach: (page) => details(page, 'jonas'),
  },
  { name: 'thread-forked', scene: 'forked', reach: (page) => row(page, 'jonas') },
  { name: 'details-forked', scene: 'forked', reach: (page) => details(page, 'jonas') },
  {
    name: 'security-notices',
    scene: 'forked',
    hash: '#/settings/security',
    reach: (page) => page.getByText('What this device noticed').waitFor(),
  },
  { name: 'thread-history-off', scene: 'shots', reach: (page) => row(page, 'vera') },
  { name: 'details-history-off', scene: 'shots', reach: (page) => details(page, 'vera') },
  {
    name: 'history-off',
    scene: 'shots',
    reach: async (page) => {
      await details(page, 'jonas');
      await page.getByRole('button', { name: 'Turn history off' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'history-on',
    scene: 'shots',
    reach: async (page) => {
      await details(page, 'jonas');
      await page.getByRole('button', { name: 'Turn history off' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Turn history off' }).click();
      await page.getByRole('button', { name: 'Turn history on' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'history-off-all',
    scene: 'shots',
    hash: '#/settings',
    reach: async (page) => {
      await page.getByRole('button', { name: 'History' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'menu',
    scene: 'shots',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Account @maren' }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'new-conversation',
    scene: 'shots',
    reach: async (page) => {
      await page.getByRole('button', { name: 'New chat' }).click();
      await page.getByLabel('Username or invite link').fill('nobody');
      await page.getByRole('button', { name: 'Start chat' }).click();
      await page.getByText('There is nobody called @nobody').waitFor();
    },
  },
  {
    name: 'invite',
    scene: 'shots',
    reach: async (page) => {
      await menu(page, 'Invite someone');
      await page.getByRole('img', { name: 'QR code' }).waitFor();
    },
  },
  { name: 'settings', scene: 'shots', hash: '#/settings' },
  {
    name: 'devices',
    scene: 'shots',
    hash: '#/settings/devices',
    reach: (page) => page.getByText('Kitchen tablet').waitFor(),
  },
  {
    name: 'device-rename',
    scene: 'shots',
    hash: '#/settings/devices',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Rename Kitchen tablet' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'device-remove',
    scene: 'shots',
    hash: '#/settings/devices',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Remove Kitchen tablet' }).click();
      await page.getByLabel('Current password').fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByText('Wrong password').waitFor();
    },
  },
  {
    name: 'security',
    scene: 'shots',
    hash: '#/settings/security',
    reach: (page) => page.getByText('Device signed in').waitFor(),
  },
  {
    name: 'add-passkey',
    scene: 'shots',
    hash: '#/settings/security',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Add a passkey' }).click();
      await page.getByLabel('Name of the passkey').fill('Blue key');
      await page.getByRole('dialog').getByRole('button', { name: 'Add a passkey' }).click();
      await page.getByText('Enter your password, or').waitFor();
    },
  },
  {
    name: 'remove-passkey',
    scene: 'shots',
    hash: '#/settings/security',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Remove the passkey Phone' }).click();
      await page.getByRole('button', { name: 'Confirm with a passkey instead' }).click();
      await page.getByText('Your browser will ask').waitFor();
    },
  },
  {
    name: 'start-over',
    scene: 'shots',
    hash: '#/settings/security',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Start over' }).click();
      await page.getByText('Your chats and messages stay closed').waitFor();
    },
  },
  {
    name: 'start-over-by-link',
    scene: 'signedOut',
    hash: `#reset=${'a'.repeat(22)}`,
    reach: async (page) => {
      await page.getByRole('heading', { name: 'Start over as @maren' }).waitFor();
      await page.getByRole('button', { name: 'Start over' }).click();
      await page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'start-over-link-used',
    scene: 'signedOut',
    hash: `#reset=${'x'.repeat(22)}`,
    reach: (page) => page.getByText('This link no longer works').waitFor(),
  },
  { name: 'account-closed', scene: 'accountClosed' },
  {
    name: 'new-identity',
    scene: 'newIdentity',
    reach: async (page) => {
      await row(page, 'jonas');
      await page.getByRole('heading', { name: '@jonas has a new identity' }).waitFor();
    },
  },
  {
    name: 'new-identity-accepted',
    scene: 'newIdentity',
    reach: async (page) => {
      await row(page, 'Earlier identity');
      await page.getByRole('button', { name: 'Go to the new chat' }).waitFor();
    },
  },
  {
    name: 'change-password',
    scene: 'shots',
    hash: '#/settings/security',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Change password' }).click();
      await page.getByLabel('New password').fill('password123');
      await page.getByText('easy to guess').waitFor();
    },
  },
  {
    name: 'replace-code',
    scene: 'shots',
    hash: '#/settings/security',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Replace recovery code' }).click();
      await page.locator('.code span').first().waitFor();
    },
  },
  {
    name: 'recover',
    scene: 'returning',
    reach: (page) => page.getByRole('button', { name: 'Forgot your password?' }).click(),
  },
  { name: 'server-sees', scene: 'shots', hash: '#/settings/server' },
  {
    name: 'search',
    scene: 'shots',
    reach: async (page) => {
      await page.getByRole('searchbox').fill('the');
      await page.locator('.match').first().waitFor();
    },
  },
  {
    name: 'search-restoring',
    scene: 'restoring',
    reach: async (page) => {
      await page.getByRole('searchbox').fill('the');
      await page.getByText('Searching 12,340 of about 20,112 messages').waitFor();
    },
  },
  {
    name: 'thread-search-restoring',
    scene: 'restoring',
    reach: async (page) => {
      await row(page, 'jonas');
      await page.getByRole('button', { name: 'Search in this chat' }).click();
      await page.getByRole('searchbox', { name: 'Search the chat with jonas' }).fill('the');
      await page.getByText('Searching 12,340 of about 20,112 messages').waitFor();
      await page.getByRole('button', { name: 'Pause fetching older messages' }).click();
      await page.getByRole('button', { name: 'Go on fetching older messages' }).waitFor();
    },
  },
  {
    name: 'search-nothing',
    scene: 'shots',
    reach: async (page) => {
      await page.getByRole('searchbox').fill('"quite unheard of"');
      await page.getByText('Nothing found').waitFor();
    },
  },
  {
    name: 'thread-search',
    scene: 'shots',
    reach: async (page) => {
      await row(page, 'jonas');
      await page.getByRole('button', { name: 'Search in this chat' }).click();
      await page.getByRole('searchbox', { name: 'Search the chat with jonas' }).fill('the');
      await page.locator('.threadSearch .match').first().waitFor();
    },
  },
  {
    name: 'thread-found',
    scene: 'chats',
    reach: async (page) => {
      await page.getByRole('searchbox').fill('1500: the');
      await page.locator('.match').first().click();
      await page.locator('.thread-row:focus', { hasText: '1500: the' }).waitFor();
    },
  },
  {
    name: 'export',
    scene: 'shots',
    reach: async (page) => {
      await menu(page, 'Export everything');
      await page.getByText('The file is not locked').waitFor();
    },
  },
  { name: 'sign-out', scene: 'shots', reach: (page) => menu(page, 'Sign out') },
  ...callScreens,
  ...groupCallScreens,
  ...disappearingScreens,
  ...groupScreens,
  ...messageScreens,
  ...mediaScreens,
];
