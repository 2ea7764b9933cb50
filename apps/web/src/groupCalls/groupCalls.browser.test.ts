/** Calls of groups as people use them, over the fixture: by keyboard, by pointer, and what the page says is on its screen. */
import type { GroupCallState } from '@sotto/sdk/groupCalls';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { AccountId } from '../sotto.ts';
import type { FixturePerson } from '../testing/fixtureGroupCalls.ts';
import { fixtureId } from '../testing/fixtureIds.ts';
import { crowd, five } from '../testing/groupCallScreens.ts';
import { serveScenes } from '../testing/serveScenes.ts';

const inScene = serveScenes();
const patience = { timeout: 30_000 };

type Test = (page: Page) => Promise<void>;
const inGroups = (name: string, test: Test, layout: 'desktop' | 'phone' = 'desktop'): Promise<void> =>
  inScene({ name: `groupCalls-${name}`, scene: 'groupCalls', layout }, test);

const small = 'Harbour rowing';
const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });
const done = (page: Page): Promise<string[]> => page.evaluate(() => [...window.sottoFixture.calls]);
const tile = (page: Page, name: string): Locator => page.locator('.tile', { hasText: name });
const focused = (page: Page): Promise<string | null> =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? null);
const tileNames = (page: Page): Promise<string[]> =>
  page.locator('.groupTiles .tile-name bdi').allTextContents();
/** What the page asks for: whose pictures, and how wide the first is. */
const shown = (page: Page): Promise<{ count: number; sources: string[]; widest: number }> =>
  page.evaluate(() => {
    const wanted = window.sottoFixture.groupCall.shown();
    return {
      count: wanted.length,
      sources: wanted.map(({ source }) => source),
      widest: wanted[0]?.widthPx ?? 0,
    };
  });

const listening: GroupCallState['local'] = {
  isMuted: false,
  camera: 'off',
  sharing: 'off',
  lowData: false,
  microphoneId: null,
  cameraId: null,
  speakerId: null,
  facing: 'user',
  isHandRaised: false,
  microphoneProblem: null,
  isSendingRefused: false,
};

async function openGroup(page: Page, title = small): Promise<void> {
  await page.locator('a.list-row', { hasText: title }).click();
  await page.locator('#composer').waitFor(patience);
}
async function talk(page: Page, people: readonly FixturePerson[], change = {}, title = small): Promise<void> {
  await openGroup(page, title);
  await button(page, 'Start a video call in this group').click();
  await button(page, 'Start the call').click();
  await page.locator('.groupCall').waitFor(patience);
  await page.evaluate((call) => window.sottoFixture.groupCall.connect(call.people, call.change), {
    people,
    change,
  });
  await page.locator('.call-duration').waitFor(patience);
}

describe('the way into a call', () => {
  it('leads from the banner through the preview, muted in a large group', async () => {
    await inGroups('join', async (page) => {
      const title = 'Everyone on the island';
      await openGroup(page, title);
      await page.evaluate(
        (name) => window.sottoFixture.groupCall.open(name, ['jonas', 'ida.lund'], { hasVideo: false }),
        title,
      );
      await page.getByText('jonas and ida.lund are in it.').waitFor(patience);
      await page
        .locator('a.list-row', { hasText: title })
        .getByText('Call with 2 people')
        .waitFor({ state: 'attached' });
      await page.locator('.groupCallBanner').getByRole('button', { name: 'Join' }).click();
      const preview = page.getByRole('dialog');
      await preview.getByText('You join muted').waitFor(patience);
      await preview.getByRole('button', { name: 'Turn the camera on' }).click();
      await preview.getByRole('button', { name: 'Join now' }).click();
      await page.locator('.groupCall').waitFor(patience);
      expect(await done(page)).toContain('join group video muted');
      await page.getByRole('button', { name: 'Leave the call' }).click();
      await page.getByText('You left the call').first().waitFor(patience);
      await button(page, 'Come back').click();
      await page.getByRole('dialog').getByText('are in the call').waitFor(patience);
    });
  });

  it('rings or is only shown, as was chosen, and by a link', async () => {
    await inGroups('start', async (page) => {
      await openGroup(page);
      await page.evaluate(() => {
        location.hash = `${location.hash}/call`;
      });
      const preview = page.getByRole('dialog');
      await preview.getByText('It rings at 5 other members').waitFor(patience);
      await preview.getByRole('switch', { name: 'Ring everybody' }).uncheck();
      await preview.getByText('It rings nowhere').waitFor(patience);
      await preview.getByRole('button', { name: 'Start the call' }).click();
      await page.locator('.groupCall').waitFor(patience);
      expect(await done(page)).toContain('start group voice quiet');
      expect(await page.evaluate(() => location.hash)).not.toContain('call');
    });
  });

  it('rings over everything, and is declined or looked at first', async () => {
    await inGroups('rings', async (page) => {
      const until = Date.now() + 600_000;
      await page.evaluate(
        (ringsUntilMs) =>
          window.sottoFixture.groupCall.open('Harbour rowing', ['jonas', 'wren'], { ringsUntilMs }),
        until,
      );
      const sheet = page.getByRole('alertdialog');
      await sheet.getByText('jonas started a video call, with wren.').waitFor(patience);
      await expect.poll(() => page.title(), patience).toContain('Harbour rowing is calling');
      await button(page, 'Decline').click();
      await sheet.waitFor({ state: 'detached', ...patience });
      expect(await done(page)).toContain('declineGroupCall');
      await page.evaluate((ringsUntilMs) => window.sottoFixture.groupCall.change({ ringsUntilMs }), until);
      await sheet.getByRole('button', { name: 'Join' }).click();
      await page.getByRole('dialog').getByText('jonas and wren are in the call').waitFor(patience);
    });
  });
});

describe('what a call needs', () => {
  it('is asked for again, and a call of two that comes meanwhile goes before it', async () => {
    await inGroups('fetched', async (page) => {
      await page.evaluate(() => window.sottoFixture.call.setFetchable(false));
      await openGroup(page);
      const start = button(page, 'Start a voice call in this group');
      await start.click();
      await page.locator('.callEnded').getByText('The call is not possible').waitFor(patience);
      await page.evaluate(() => window.sottoFixture.call.setFetchable(true));
      await start.click();
      const preview = page.getByRole('dialog');
      await preview.getByText('It rings at 5 other members').waitFor(patience);
      await page.evaluate(() => window.sottoFixture.call.ring('jonas', false));
      await button(page, 'Answer').click();
      await page.locator('.call').waitFor(patience);
      await preview.waitFor({ state: 'detached', ...patience });
      await page.locator('.callEnded').waitFor({ state: 'detached', ...patience });
    });
  });
});

describe('a group call', () => {
  it('has nine tiles to a page, asks only for those that are seen, and is paged by keys', async () => {
    await inGroups('pages', async (page) => {
      await talk(page, crowd);
      await page.getByText('Page 1 of 3').waitFor(patience);
      expect(await tileNames(page)).toHaveLength(9);
      // Of nine tiles one is one's own.
      await expect.poll(async () => (await shown(page)).count, patience).toBe(8);
      await page.keyboard.press('ArrowRight');
      await page.getByText('Page 2 of 3').waitFor(patience);
      const names = await tileNames(page);
      await expect.poll(async () => (await shown(page)).count, patience).toBeLessThanOrEqual(9);
      await page.keyboard.press('ArrowRight');
      await page.getByText('Page 3 of 3').waitFor(patience);
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('PageUp');
      await page.getByText('Page 2 of 3').waitFor(patience);
      expect(await tileNames(page)).toEqual(names);
      await page.evaluate(() => {
        Object.defineProperty(document, 'hidden', { value: true, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      });
      await expect.poll(async () => (await shown(page)).count, patience).toBe(0);
    });
  });

  it('shows a screen large, whoever is pinned instead, and everybody as tiles again', async () => {
    await inGroups('pinned', async (page) => {
      await talk(page, [{ name: 'noor', hasCamera: true, isSharing: true }, ...five]);
      const large = page.locator('.groupFocus-large');
      await large.getByText('noor’s screen').waitFor(patience);
      await expect.poll(async () => (await shown(page)).sources[0], patience).toBe('screen');
      await page.getByRole('button', { name: 'Pin The picture of vera' }).focus();
      await page.keyboard.press('Enter');
      await large.getByText('vera').waitFor(patience);
      await expect.poll(() => focused(page), patience).toBe('Unpin The picture of vera');
      await expect.poll(async () => (await shown(page)).widest, patience).toBeGreaterThan(600);
      await large.getByRole('button', { name: 'Unpin The picture of vera' }).click();
      await large.getByText('noor’s screen').waitFor(patience);
      await button(page, 'Show everybody as tiles').click();
      await large.waitFor({ state: 'detached', ...patience });
      await tile(page, 'noor’s screen').waitFor(patience);
      await button(page, 'Show who speaks large').click();
      await large.waitFor(patience);
    });
  });

  it('is muted, seen and raised a hand in by keys, which is told and numbered', async () => {
    await inGroups('keys', async (page) => {
      await talk(page, five);
      await page.keyboard.press('m');
      await button(page, 'Unmute the microphone').waitFor(patience);
      await page.keyboard.press('v');
      await button(page, 'Turn the camera on').waitFor(patience);
      await page.keyboard.press('h');
      await button(page, 'Lower your hand').waitFor(patience);
      await tile(page, 'You')
        .getByText('hand raised, number 3')
        .waitFor({ state: 'attached', ...patience });
      await tile(page, 'jonas')
        .getByText(', speaks')
        .waitFor({ state: 'attached', ...patience });
      await button(page, 'React').click();
      await button(page, 'React with 👏').click();
      await page.locator('.groupReactions-one', { hasText: 'You' }).waitFor(patience);
      await page.keyboard.press('Escape');
      await page.locator('.groupReact').waitFor({ state: 'detached', ...patience });
      const told = page.getByRole('status').getByText('wren: 🎉. The call is locked');
      await page.evaluate(() => {
        window.sottoFixture.groupCall.set({
          isLocked: true,
          reactions: [{ id: 'one', joinId: 'a000000000000012', emoji: '🎉' }],
        });
      });
      await told.waitFor({ state: 'attached', ...patience });
    });
  });

  it('gives its hosts their tools and nobody else', async () => {
    await inGroups('host', async (page) => {
      await talk(page, five, { mayControl: false });
      await page.keyboard.press('p');
      const list = page.getByRole('region', { name: 'People in the call' });
      await list.getByText('Raised hands').waitFor(patience);
      await button(page, 'Options for jonas').click();
      await page.getByRole('menuitem', { name: 'Pin' }).waitFor(patience);
      expect(await page.getByRole('menuitem').allTextContents()).toEqual(['Pin']);
      await page.keyboard.press('Escape');
      await page.evaluate(() => window.sottoFixture.groupCall.set({ mayControl: true }));
      await list.getByRole('switch', { name: 'Lock the call' }).check();
      await page.getByText('This call is locked').waitFor({ state: 'attached', ...patience });
      // Letters are still the call's, with the focus on the switch.
      await page.keyboard.press('h');
      await button(page, 'Lower your hand').waitFor(patience);
      await button(page, 'Ask everybody to mute').click();
      await button(page, 'Options for wren').click();
      await page.getByRole('menuitem', { name: 'Lower the hand' }).click();
      await button(page, 'Options for jonas').click();
      await page.getByRole('menuitem', { name: 'Remove from the call' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await tile(page, 'jonas').waitFor({ state: 'detached', ...patience });
      await list.getByRole('button', { name: 'Close the list of people' }).press('Enter');
      await list.waitFor({ state: 'detached', ...patience });
      await expect.poll(() => focused(page), patience).toMatch(/^People in the call/);
      await button(page, 'Leave the call, or end it').click();
      await page.getByRole('menuitem', { name: 'End the call for all' }).click();
      await page.getByText('The call ended after').first().waitFor(patience);
      await expect.poll(() => page.evaluate(() => document.activeElement?.id), patience).toBe('composer');
      const expected = ['lock true', 'askMute all', 'lowerHand', 'remove from call', 'group call ended over'];
      expect((await done(page)).filter((one) => expected.includes(one))).toEqual(expected);
    });
  });

  it('lets who began it remove nobody who stands above', async () => {
    await inGroups('ranks', async (page) => {
      const people = ['member.1', 'member.2'].map((username, at) => ({
        name: username,
        account: { accountId: fixtureId<AccountId>(5000 + at), username },
      }));
      // The first one owns the group.
      await talk(page, people, { mayControl: true }, 'Everyone on the island');
      await page.keyboard.press('p');
      await button(page, 'Options for member.2').click();
      await page.getByRole('menuitem', { name: 'Remove from the call' }).waitFor(patience);
      await page.keyboard.press('Escape');
      await page.getByRole('menu').waitFor({ state: 'detached', ...patience });
      await button(page, 'Options for member.1').click();
      await page.getByRole('menuitem', { name: 'Ask to mute' }).waitFor(patience);
      expect(await page.getByRole('menuitem').allTextContents()).toEqual(['Pin', 'Ask to mute']);
    });
  });

  it('asks before it mutes whom a host wants muted', async () => {
    await inGroups('asked', async (page) => {
      await talk(page, five);
      await page.evaluate(() => window.sottoFixture.groupCall.set({ muteAsked: true }));
      await page.getByRole('alert').getByText('A host asks you to mute').waitFor(patience);
      await page.getByRole('alert').getByRole('button', { name: 'Mute' }).click();
      await button(page, 'Unmute the microphone').waitFor(patience);
    });
  });

  it('asks for the microphone again where there was none', async () => {
    await inGroups('listening', async (page) => {
      await talk(page, five, { local: { ...listening, microphoneProblem: 'denied' } });
      await page.getByText('You are not heard').waitFor(patience);
      await button(page, 'Unmute the microphone').waitFor(patience);
      await page.keyboard.press('m');
      await button(page, 'Mute the microphone').waitFor(patience);
      expect(await done(page)).toContain('muted false');
    });
  });

  it('has one link for its guests, which is there again', async () => {
    await inGroups('guests', async (page) => {
      await talk(page, five);
      const open = async (): Promise<void> => {
        await page.keyboard.press('p');
        await button(page, 'Invite guests…').click();
      };
      await open();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Make a link' }).click();
      const link = dialog.getByLabel('Link for guests');
      await link.waitFor(patience);
      const address = await link.textContent();
      await dialog.getByRole('button', { name: 'Close' }).click();
      await dialog.waitFor({ state: 'detached', ...patience });
      // The page of the call goes as well.
      await page.keyboard.press('p');
      await page
        .getByRole('region', { name: 'People in the call' })
        .waitFor({ state: 'detached', ...patience });
      await page.keyboard.press('Escape');
      await button(page, 'Return to the call').first().click();
      await page.locator('.groupCall').waitFor(patience);
      await open();
      await link.waitFor(patience);
      expect(await link.textContent()).toBe(address);
      expect((await done(page)).filter((one) => one.startsWith('createGroup '))).toHaveLength(1);
    });
  });

  it('goes on in a bar, showing who speaks, and beside its chat', async () => {
    await inGroups('bar', async (page) => {
      await talk(page, five);
      await page.keyboard.press('Escape');
      await page.getByRole('region', { name: 'Call in Harbour rowing' }).waitFor(patience);
      await expect.poll(async () => (await shown(page)).count, patience).toBe(1);
      await page.evaluate(() => window.sottoFixture.groupCall.set({ muteAsked: true }));
      await page.locator('.callBar').getByText('A host asks you to mute').waitFor(patience);
      await page
        .getByRole('status')
        .getByText('A host asks you to mute')
        .waitFor({ state: 'attached', ...patience });
      await page
        .getByRole('status')
        .getByText('1 person wants to be let in')
        .waitFor({ state: 'attached', ...patience });
      await button(page, 'Return to the call').first().click();
      await page.locator('.groupCall').waitFor(patience);
      await button(page, 'Chat beside the call').click();
      await page.locator('#composer').fill('');
      await page.locator('#composer').pressSequentially('hmp');
      expect(await page.locator('#composer').inputValue()).toBe('hmp');
      await button(page, 'Raise your hand').waitFor(patience);
    });
  });

  it('has six tiles to a page on a phone, and asks for none that the list of people covers', async () => {
    await inGroups(
      'phone',
      async (page) => {
        await talk(page, crowd);
        await page.getByText('Page 1 of 4').waitFor(patience);
        expect(await tileNames(page)).toHaveLength(6);
        await page.getByRole('button', { name: /^People in the call/ }).click();
        await page.getByRole('region', { name: 'People in the call' }).waitFor(patience);
        await expect.poll(async () => (await shown(page)).count, patience).toBe(0);
      },
      'phone',
    );
  });

  it('grows out of a call of two, which nobody hangs up, and which goes on where that fails', async () => {
    await inGroups('grow', async (page) => {
      await page.evaluate(() => localStorage.setItem('sotto.calls.tried', 'on'));
      await openGroup(page, 'See you at the quay');
      await button(page, 'Start a voice call').click();
      await page.locator('.call').waitFor(patience);
      await page.evaluate(() => window.sottoFixture.call.connect());
      const grow = async (): Promise<void> => {
        await button(page, 'Add people to the call').click();
        await page.getByRole('dialog').getByRole('checkbox', { name: 'wren' }).check();
        await button(page, 'Add 1 person').click();
        await page.locator('.groupCall').waitFor(patience);
      };
      await grow();
      await page.evaluate(() => window.sottoFixture.groupCall.end({ kind: 'notConnected' }));
      const card = page.locator('.callEnded');
      await card.getByText('Your call goes on as it was').waitFor(patience);
      await page.locator('.call:not(.groupCall)').waitFor(patience);
      await expect.poll(() => page.locator('.shell-panes').getAttribute('inert'), patience).not.toBeNull();
      // Nothing of the call lies over it.
      await card.getByRole('button', { name: 'Close' }).click({ timeout: 30_000 });
      await card.waitFor({ state: 'detached', ...patience });
      await expect.poll(() => done(page), patience).toContain('forgetConversation');
      await grow();
      await page.evaluate(() => window.sottoFixture.groupCall.connect([{ name: 'wren' }]));
      await tile(page, 'wren').waitFor(patience);
      expect(
        (await done(page)).filter((one) => /^createGroup|^grow|^forgetConversation|^call ended/.test(one)),
      ).toEqual([
        'createGroup jonas and wren 2 false false',
        'grow',
        'forgetConversation',
        'createGroup jonas and wren 2 false false',
        'grow',
        'call ended hungUp',
      ]);
      await page.locator('.callEnded').waitFor({ state: 'detached', ...patience });
    });
  });
});
