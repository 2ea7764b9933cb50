/** Groups in the app over its fixture: by mouse, by keyboard, and with pictures that are not what they say. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Layout } from '../testing/openPage.ts';
import { serveScenes } from '../testing/serveScenes.ts';

const inScene = serveScenes();

const run = (
  name: string,
  test: (page: Page) => Promise<void>,
  options: { hash?: string; layout?: Layout; scene?: string } = {},
): void => {
  it(name, () =>
    inScene(
      { scene: 'groups', ...options, name: `groups-${name.replaceAll(/\W+/g, '-').slice(0, 60)}` },
      test,
    ),
  );
};

const open = async (page: Page, group: string): Promise<void> => {
  await page.locator('a.list-row', { hasText: group }).click();
  await page.locator('.details .members').waitFor();
};
const details = (page: Page) => page.locator('.details');
/** A line by Sotto in the thread. */
const line = (page: Page, text: string) => page.locator('.notice', { hasText: text });
const dialog = (page: Page) => page.getByRole('dialog');
const calls = (page: Page): Promise<readonly string[]> => page.evaluate(() => window.sottoFixture.calls);
const names = (page: Page): Promise<string[]> => page.locator('.member-name').allTextContents();
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
  });

/** A picture of this size, with something that a camera wrote into it. */
function picture(page: Page, width: number, height: number): Promise<number[]> {
  return page.evaluate(
    async ([w, h]) => {
      const canvas = new OffscreenCanvas(w!, h!);
      const context = canvas.getContext('2d')!;
      for (let at = 0; at < 4000; at += 1) {
        context.fillStyle = `hsl(${(at * 37) % 360} 80% ${20 + (at % 60)}%)`;
        context.fillRect((at * 7919) % w!, (at * 104_729) % h!, 40, 40);
      }
      const jpeg = new Uint8Array(
        await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 })).arrayBuffer(),
      );
      const note = new TextEncoder().encode('Exif\0\0GPS 59.9N 10.7E');
      const segment = [0xff, 0xe1, 0, note.length + 2, ...note];
      return [...jpeg.subarray(0, 2), ...segment, ...jpeg.subarray(2)];
    },
    [width, height],
  );
}

describe('a new group', () => {
  run('is made by keyboard alone, with people found by name and by username', async (page) => {
    await page.getByRole('button', { name: 'New chat' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Username or invite link').waitFor();
    await page.getByRole('button', { name: 'New group' }).focus();
    await page.keyboard.press('Enter');
    const field = page.getByLabel('Name or username');
    await field.waitFor();
    await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.type('jon');
    await page.keyboard.press('Enter');
    await page.getByRole('list', { name: 'Chosen people' }).getByText('jonas').waitFor();
    await page.keyboard.type('newcomer');
    await page.keyboard.press('Enter');
    await page.getByRole('list', { name: 'Chosen people' }).getByText('newcomer').waitFor();
    await page.keyboard.type('nobody');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'There is nobody called @nobody' }).waitFor();
    await field.fill('maren');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'That is you' }).waitFor();
    await field.fill('');
    await page.getByRole('checkbox', { name: 'wren' }).check();
    await page.keyboard.press('Tab');
    await field.focus();
    // The last one again.
    await page.keyboard.press('Backspace');
    const chips = page.locator('.picker-chip > span:not(.avatar)');
    await expect.poll(() => chips.allTextContents()).toEqual(['jonas', 'newcomer']);
    await page.getByRole('button', { name: 'Next' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('With you it has 3 members').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'Give the group a name' }).waitFor();
    await page.getByLabel('Group name').fill('Book circle');
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'Message Book circle' }).waitFor();
    await line(page, 'You created the group.').waitFor();
    expect(await calls(page)).toContain('createGroup Book circle 2 false false');
  });

  run('has a photo of the chosen part, small, and without what the camera wrote', async (page) => {
    await page.getByRole('button', { name: 'New chat' }).click();
    await page.getByRole('button', { name: 'New group' }).click();
    await page.getByRole('button', { name: 'Go on without others' }).click();
    await page.getByLabel('Group name').fill('Lighthouse');
    const buffer = Buffer.from(await picture(page, 1600, 1000));
    await page
      .locator('input[type="file"]')
      .setInputFiles({ name: 'quay.jpg', mimeType: 'image/jpeg', buffer });
    const frame = page.getByRole('img', { name: 'Part of the photo' });
    await frame.focus();
    await page.keyboard.press('ArrowRight');
    await page.getByLabel('Size').fill('60');
    await page.getByRole('button', { name: 'Use photo' }).click();
    await frame.waitFor({ state: 'detached' });
    const shown = dialog(page).locator('img.avatar-photo');
    expect(
      await shown.evaluate(async (image: HTMLImageElement) => {
        await image.decode();
        return [image.naturalWidth, image.naturalHeight];
      }),
    ).toEqual([256, 256]);
    await page.getByRole('button', { name: 'Create group' }).click();
    await line(page, 'You created the group.').waitFor();
    await page.locator('a.list-row', { hasText: 'Lighthouse' }).locator('img.avatar-photo').waitFor();
    const made = (await calls(page)).filter((call) => /^(createGroup|photo)/.test(call));
    expect(made).toEqual([
      expect.stringMatching(/^photo WEBP \d+ clean$/),
      'createGroup Lighthouse 0 true false',
    ]);
    expect(Number(made[0]?.split(' ')[2])).toBeLessThanOrEqual(24 * 1024);
  });

  run('refuses pictures that are bombs, scripts or something else', async (page) => {
    await page.getByRole('button', { name: 'New chat' }).click();
    await page.getByRole('button', { name: 'New group' }).click();
    await page.getByRole('button', { name: 'Go on without others' }).click();
    const choose = (name: string, bytes: Uint8Array): Promise<void> =>
      page
        .locator('input[type="file"]')
        .setInputFiles({ name, mimeType: 'image/png', buffer: Buffer.from(bytes) });
    // A PNG of a few bytes that says it is 60,000 pixels wide and high.
    const bomb = new Uint8Array(64);
    bomb.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
    new DataView(bomb.buffer).setUint32(16, 60_000);
    new DataView(bomb.buffer).setUint32(20, 60_000);
    await choose('bomb.png', bomb);
    await page.getByRole('alert').filter({ hasText: 'too large to open' }).waitFor();
    const script = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    await choose('photo.png', new TextEncoder().encode(script));
    await page.getByRole('alert').filter({ hasText: 'not a picture' }).waitFor();
    await choose('cut.png', bomb.subarray(0, 12));
    await page.getByRole('alert').filter({ hasText: 'not a picture' }).waitFor();
  });
});

describe('a group’s details', () => {
  run(
    'change roles, remove and hand over, each after a question, with a line in the thread',
    async (page) => {
      await open(page, 'Harbour rowing');
      const act = async (name: string, action: string, confirm: string): Promise<void> => {
        await details(page)
          .getByRole('button', { name: `Options for ${name}` })
          .click();
        await page.getByRole('menuitem', { name: action }).click();
        await dialog(page).getByRole('button', { name: confirm }).click();
        await dialog(page).waitFor({ state: 'detached' });
      };
      await act('vera', 'Make admin', 'Make admin');
      await line(page, 'You made vera an admin.').waitFor();
      expect((await names(page)).slice(0, 3)).toEqual(['You', 'jonas', 'vera']);
      await act('jonas', 'Remove as admin', 'Remove as admin');
      await line(page, 'You removed jonas as an admin.').waitFor();
      await act('wren', 'Remove from group', 'Remove from group');
      await line(page, 'You removed wren.').waitFor();
      expect(await names(page)).not.toContain('wren');
      await act('vera', 'Hand over the group', 'Hand over the group');
      await line(page, 'You made vera the owner of the group.').waitFor();
      // Roles are no longer this account's to give.
      await details(page).getByRole('button', { name: 'Options for jonas' }).click();
      await expect
        .poll(() => page.getByRole('menuitem').allTextContents())
        .toEqual(['Message privately', 'Remove from group']);
      await page.getByRole('menuitem', { name: 'Message privately' }).click();
      await page.getByRole('textbox', { name: 'Message jonas' }).waitFor();
    },
  );

  run('add people, who are not those that are there', async (page) => {
    await open(page, 'Harbour rowing');
    await details(page).getByRole('button', { name: 'Add people' }).click();
    await dialog(page).getByText('They will see messages from when they join on').waitFor();
    await expect.poll(() => dialog(page).getByLabel('jonas').isDisabled()).toBe(true);
    await dialog(page).getByLabel('noor').check();
    await dialog(page).getByRole('button', { name: 'Add 1 person' }).click();
    await line(page, 'You added noor. New members see messages from here on.').waitFor();
    await expect.poll(() => names(page)).toContain('noor');
  });

  run('rename it, and change who may do what and what new members see', async (page) => {
    await open(page, 'Harbour rowing');
    await details(page).getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Group name').fill('North quay');
    await page.getByRole('button', { name: 'Save' }).click();
    await line(page, 'You named the group “North quay”.').waitFor();
    await page.getByRole('textbox', { name: 'Message North quay' }).waitFor();

    await details(page).getByRole('button', { name: 'Who may do what' }).click();
    await page.getByLabel('Add people, make invite links').selectOption('everyone');
    // Nobody is removed by everyone.
    await expect
      .poll(() => page.getByLabel('Remove people').locator('option').allTextContents())
      .toEqual(['Admins', 'Only the owner']);
    await dialog(page).getByRole('button', { name: 'Done' }).click();
    await line(page, 'You changed who may do what in this group.').waitFor();

    const sharing = page.getByRole('switch', { name: 'New members see earlier messages' });
    await sharing.click();
    await dialog(page).getByText('What was handed out cannot be taken back').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => sharing.isChecked()).toBe(false);
    await sharing.click();
    await dialog(page).getByRole('button', { name: 'Show earlier messages' }).click();
    await line(page, 'You chose that new members see earlier messages.').waitFor();
    await expect.poll(() => sharing.isChecked()).toBe(true);
  });

  run('make a link, show its code, and revoke it', async (page) => {
    await open(page, 'Harbour rowing');
    await details(page).getByRole('button', { name: 'Invite links' }).click();
    await dialog(page).getByLabel('Works for').selectOption('day');
    await dialog(page).getByRole('switch', { name: 'Works once only' }).check();
    await dialog(page).getByRole('button', { name: 'Make link' }).click();
    await expect.poll(() => dialog(page).locator('.link').count()).toBe(3);
    const made = dialog(page).locator('.link').last();
    await made.getByText('with approval · works once').waitFor();
    await made.getByRole('button', { name: 'QR code' }).click();
    await made.getByRole('img', { name: 'QR code of the invite link' }).waitFor();
    const address = (await made.getByRole('status', { name: 'Invite link' }).textContent()) ?? '';
    expect(new URL(address).hash).toMatch(/^#join=\w+$/);
    await made.getByRole('button', { name: 'Revoke' }).click();
    await expect.poll(() => dialog(page).locator('.link').count()).toBe(2);
  });

  run('answer who wants to join', async (page) => {
    const row = page.locator('a.list-row', { hasText: 'Harbour rowing' });
    await row.getByText('2 people want to join').waitFor({ state: 'attached' });
    await open(page, 'Harbour rowing');
    await details(page).getByText('2 people want to join').waitFor({ state: 'attached' });
    await details(page).getByRole('button', { name: 'Let in noor' }).click();
    await line(page, 'noor joined by an invite link. New members see messages from here on.').waitFor();
    await details(page).getByRole('button', { name: 'Decline odile' }).click();
    await expect.poll(() => details(page).getByText('Want to join').count()).toBe(0);
    await expect.poll(() => row.locator('.list-requests').count()).toBe(0);
    expect((await calls(page)).filter((call) => call.startsWith('answer'))).toEqual([
      'answerJoinRequest true',
      'answerJoinRequest false',
    ]);
  });

  run('show what waits and what failed, to be tried again or given up', async (page) => {
    await open(page, 'Everyone on the island');
    const pending = page.getByRole('region', { name: 'Changes on their way' });
    await pending.getByText('The group’s rules do not let you do this').waitFor();
    await pending.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => pending.getByText('Waits for the connection').count()).toBe(2);
    await pending.getByRole('button', { name: 'Discard' }).first().click();
    await pending.getByRole('button', { name: 'Discard' }).click();
    await pending.waitFor({ state: 'detached' });
  });

  run('hold a thousand members with few rows, which search finds and the keyboard reaches', async (page) => {
    await open(page, 'Everyone on the island');
    await expect.poll(() => page.locator('.member').count()).toBeGreaterThan(3);
    await expect.poll(() => page.locator('.member').count()).toBeLessThan(60);
    await page.getByRole('searchbox', { name: 'Search members' }).fill('gus.994');
    await expect.poll(() => names(page)).toEqual(['gus.994']);
    await page.keyboard.press('Tab');
    await expect.poll(() => focused(page)).toBe('Options for gus.994');
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('Message privately');
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(page)).toBe('Options for gus.994');
    await page.getByRole('searchbox', { name: 'Search members' }).fill('nobody at all');
    await page.getByText('No member is called').waitFor();
    await page.getByRole('searchbox', { name: 'Search members' }).fill('');
    // To the last one, through all that do not exist yet.
    await page.locator('.details .pane-scroller').evaluate((scroller) => {
      scroller.scrollTop = scroller.scrollHeight;
    });
    await details(page).getByRole('button', { name: 'Leave and delete' }).waitFor();
    await expect.poll(() => names(page).then((all) => all.at(-1))).toBe('gus.994');
  });
});

describe('leaving', () => {
  run('says who becomes the owner, and leaves the thread to be read', async (page) => {
    await open(page, 'Harbour rowing');
    await details(page).getByRole('button', { name: 'Leave group' }).click();
    await dialog(page).getByText('You are the owner. jonas becomes the owner when you leave.').waitFor();
    await dialog(page).getByRole('button', { name: 'Leave', exact: true }).click();
    await page.getByText('You left this group. What was said so far is still here.').waitFor();
    await page.getByText('I have it. It was in the reeds.').waitFor();
    await expect.poll(() => page.locator('#composer').count()).toBe(0);
    await page
      .getByRole('region', { name: 'You left' })
      .getByRole('button', { name: 'Delete from my chats' })
      .click();
    await dialog(page).getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('Pick a chat').waitFor();
    await expect.poll(() => page.locator('a.list-row', { hasText: 'Harbour rowing' }).count()).toBe(0);
  });

  run('and deleting for all are asked for apart', async (page) => {
    await open(page, 'Harbour rowing');
    await details(page).getByRole('button', { name: 'Delete group for all' }).click();
    await dialog(page).getByRole('button', { name: 'Delete for all' }).click();
    await page.getByText('This group was deleted by its owner').waitFor();
    await details(page).getByRole('button', { name: 'Leave and delete' }).click();
    await dialog(page).getByRole('button', { name: 'Leave and delete' }).click();
    await page.getByText('Pick a chat').waitFor();
    expect((await calls(page)).filter((call) => /^group (leave|delete)/.test(call))).toEqual([
      'group delete',
      'group leave',
    ]);
  });
});

describe('a link to a group', () => {
  run(
    'shows what it leads to, asks, and waits',
    async (page) => {
      await page.getByRole('heading', { name: 'You are invited to Harbour rowing' }).waitFor();
      await page.getByText('24 members').waitFor();
      await page.getByRole('button', { name: 'Ask to join' }).click();
      await page.getByText('Waiting to be let in').waitFor();
      await page.getByRole('button', { name: 'Go to your chats' }).click();
      await page.locator('a.list-row').first().waitFor();
      expect(await calls(page)).toContain('requestToJoin ask');
    },
    { hash: '#join=ask' },
  );
  run(
    'opens the group for who is in it',
    async (page) => {
      await page.getByRole('button', { name: 'Open the group' }).click();
      await page.getByRole('textbox', { name: 'Message Harbour rowing' }).waitFor();
    },
    { hash: '#join=member' },
  );
  for (const [link, title] of [
    ['forged', 'This link cannot be read'],
    ['expired', 'This link no longer works'],
    ['declined', 'You were not let in'],
  ] as const) {
    run(
      `says that it is ${link}`,
      async (page) => {
        await page.getByRole('heading', { name: title }).waitFor();
        await expect.poll(() => page.getByRole('button', { name: /join/i }).count()).toBe(0);
      },
      { hash: `#join=${link}` },
    );
  }
  run(
    'is come back to after signing in',
    async (page) => {
      await page.getByText('leads to the group Harbour rowing (24 members)').waitFor();
      await page.getByRole('button', { name: 'I have an account' }).click();
      await page.getByLabel('Username').fill('maren');
      await page.getByRole('textbox', { name: 'Password' }).fill('right password');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('button', { name: 'Ask to join' }).waitFor();
    },
    { hash: '#join=ask', scene: 'signedOut' },
  );
  run('may be pasted where a chat is begun', async (page) => {
    await page.getByRole('button', { name: 'New chat' }).click();
    await page.getByLabel('Username or invite link').fill('https://chat.example/#join=open');
    await page.getByRole('button', { name: 'Start chat' }).click();
    await page.getByRole('button', { name: 'Join group' }).click();
    await page.getByText('as soon as a device of a member is connected').waitFor();
  });
});

describe('the list', () => {
  run('tells who wrote and who types, marks mentions, and finds groups by their members', async (page) => {
    const row = page.locator('a.list-row', { hasText: 'Harbour rowing' });
    await row.getByText('ida.lund and wren are typing…').waitFor();
    await row.getByText('1 mention of you').waitFor({ state: 'attached' });
    await page.locator('a.list-row', { hasText: 'Summer house' }).getByText('wren: Keys are').waitFor();
    await page.getByRole('searchbox', { name: 'Search chats' }).fill('theod');
    await expect
      .poll(() => page.locator('.list-item .list-name').allTextContents())
      .toEqual(expect.arrayContaining(['Harbour rowing', 'Choir']));
    await page.getByRole('searchbox', { name: 'Search chats' }).fill('gus.994');
    await expect
      .poll(() => page.locator('.list-item .list-name').allTextContents())
      .toEqual(['Everyone on the island']);
  });
});
