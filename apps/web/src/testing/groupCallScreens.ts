/** Calls of groups, and how to get to them: part of screens.ts. */
import type { GroupCallState } from '@sotto/sdk/groupCalls';
import type { Page } from 'playwright-core';
import type { FixturePerson } from './fixtureGroupCalls.ts';
import { noteSeen } from './noteSeen.ts';
import type { Screen } from './screens.ts';

const scene = 'groupCalls';
const small = 'Harbour rowing';
const large = 'Everyone on the island';

async function openGroup(page: Page, title = small): Promise<void> {
  await page.locator('a.list-row', { hasText: title }).click();
  await page.locator('#composer').waitFor();
}
const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).first().click();

const seen = { hasCamera: true } as const;
export const five: readonly FixturePerson[] = [
  { name: 'jonas', ...seen, isSpeaking: true },
  { name: 'ida.lund', ...seen, isMuted: true },
  { name: 'wren', isMuted: true, isHandRaised: true },
  { name: 'vera', ...seen },
  { name: 'theodora-papadimitriou-kalogerop', isHandRaised: true },
];
export const crowd: readonly FixturePerson[] = Array.from({ length: 22 }, (_, at) => ({
  name: `member.${at + 1}`,
  isMuted: at % 3 !== 0,
  hasCamera: at % 4 !== 3,
  isSpeaking: at === 2,
}));

/** In the call of a group, with these. */
async function talk(
  page: Page,
  people: readonly FixturePerson[],
  change: Partial<GroupCallState> = {},
): Promise<void> {
  await openGroup(page);
  await press(page, 'Start a video call in this group');
  await press(page, 'Start the call');
  await page.locator('.groupCall').waitFor();
  await page.evaluate((call) => window.sottoFixture.groupCall.connect(call.people, call.change), {
    people,
    change,
  });
  await page.locator('.call-duration').waitFor();
  const count = people.filter(({ hasCamera }) => hasCamera === true).length;
  if (count > 0) await page.locator('.tile .callPicture[data-shown="true"]').first().waitFor();
}
const set = (page: Page, change: Partial<GroupCallState>): Promise<void> =>
  page.evaluate((state) => window.sottoFixture.groupCall.set(state), change);
const end = async (page: Page, kind: 'removed' | 'locked' | 'left' | 'connectionLost'): Promise<void> => {
  const seen = await noteSeen(page, '.callEnded');
  await page.evaluate((ending) => window.sottoFixture.groupCall.end({ kind: ending }), kind);
  // What needs nobody's answer goes by itself.
  await seen();
};
const open = (page: Page, names: readonly string[], change = {}): Promise<void> =>
  page.evaluate((call) => window.sottoFixture.groupCall.open(call.title, call.names, call.change), {
    title: small,
    names,
    change,
  });

export const groupCallScreens: readonly Screen[] = [
  {
    name: 'groupCall-list',
    scene,
    reach: async (page) => {
      await open(page, ['jonas', 'ida.lund', 'wren']);
      await page.locator('.list-call').waitFor();
    },
  },
  {
    name: 'groupCall-banner',
    scene,
    reach: async (page) => {
      await openGroup(page);
      await open(page, ['jonas', 'ida.lund', 'wren', 'vera', 'theodora']);
      await page.locator('.groupCallBanner').waitFor();
    },
  },
  {
    name: 'groupCall-banner-locked',
    scene,
    reach: async (page) => {
      await openGroup(page);
      await open(page, ['jonas'], { isLocked: true, mayJoin: false });
      await page.getByText('Locked: nobody new').waitFor();
    },
  },
  {
    name: 'groupCall-rings',
    scene,
    reach: async (page) => {
      await open(page, ['jonas', 'ida.lund'], { ringsUntilMs: Date.now() + 60_000 });
      await page.getByRole('alertdialog').waitFor();
    },
  },
  {
    name: 'groupCall-preview',
    scene,
    reach: async (page) => {
      await openGroup(page);
      await press(page, 'Start a video call in this group');
      await page.locator('.callPicture[data-shown="true"]').waitFor();
    },
  },
  {
    name: 'groupCall-preview-devices',
    scene,
    reach: async (page) => {
      await openGroup(page);
      await press(page, 'Start a voice call in this group');
      await press(page, 'Choose devices');
      await page.getByRole('dialog').getByLabel('Speaker').waitFor();
    },
  },
  {
    name: 'groupCall-preview-join',
    scene,
    reach: async (page) => {
      await openGroup(page, large);
      await page.evaluate(
        (title) => window.sottoFixture.groupCall.open(title, ['jonas', 'ida.lund', 'wren', 'vera', 'noor']),
        large,
      );
      await page.locator('.groupCallBanner').getByRole('button', { name: 'Join' }).click();
      await page.getByText('You join muted').waitFor();
    },
  },
  {
    name: 'groupCall-preview-denied',
    scene,
    reach: async (page) => {
      await openGroup(page);
      await page.evaluate(() =>
        window.sottoFixture.call.setCheck({
          microphone: { kind: 'problem', problem: 'permissionDenied' },
          camera: { kind: 'problem', problem: 'noDevice' },
        }),
      );
      await press(page, 'Start a video call in this group');
      await page.getByText('may not use your microphone').waitFor();
    },
  },
  {
    name: 'groupCall-connecting',
    scene,
    reach: async (page) => {
      await openGroup(page);
      await press(page, 'Start a voice call in this group');
      await press(page, 'Start the call');
      await page.locator('.groupCall').getByText('Connecting…').first().waitFor();
    },
  },
  { name: 'groupCall-alone', scene, reach: (page) => talk(page, []) },
  { name: 'groupCall-two', scene, reach: (page) => talk(page, five.slice(0, 1)) },
  { name: 'groupCall-tiles', scene, reach: (page) => talk(page, five) },
  {
    name: 'groupCall-voices',
    scene,
    reach: async (page) => {
      await openGroup(page);
      await press(page, 'Start a voice call in this group');
      await press(page, 'Start the call');
      await page.locator('.groupCall').waitFor();
      await page.evaluate(() =>
        window.sottoFixture.groupCall.connect([
          { name: 'jonas', isSpeaking: true },
          { name: 'ida.lund', isMuted: true },
          { name: 'wren', hasKeys: false },
        ]),
      );
      await page.locator('.call-duration').waitFor();
    },
  },
  {
    name: 'groupCall-pages',
    scene,
    reach: async (page) => {
      await talk(page, crowd);
      await press(page, 'Next page');
      await page.getByText('Page 2 of').waitFor();
    },
  },
  {
    name: 'groupCall-speaker',
    scene,
    reach: async (page) => {
      await talk(page, five);
      await page.keyboard.press('Tab');
      await page.evaluate(() => document.querySelector<HTMLElement>('.tile-pin')?.click());
      await page.locator('.groupFocus').waitFor();
    },
  },
  {
    name: 'groupCall-screen',
    scene,
    reach: async (page) => {
      await talk(page, [{ name: 'noor', ...seen, isSharing: true, isSpeaking: true }, ...five]);
      await page.locator('.groupFocus-large .callPicture[data-shown="true"]').waitFor();
    },
  },
  {
    name: 'groupCall-people',
    scene,
    reach: async (page) => {
      await talk(page, five, { mayControl: true });
      await page.keyboard.press('p');
      await page.getByRole('heading', { name: 'People in the call' }).waitFor();
    },
  },
  {
    name: 'groupCall-people-member',
    scene,
    reach: async (page) => {
      await talk(page, five, { mayControl: false, hands: [] });
      await page.keyboard.press('p');
      await page.getByRole('button', { name: 'Options for jonas' }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'groupCall-remove',
    scene,
    reach: async (page) => {
      await talk(page, five, { mayControl: true });
      await page.keyboard.press('p');
      await page.getByRole('button', { name: 'Options for jonas' }).click();
      await page.getByRole('menuitem', { name: 'Remove from the call' }).click();
      await page.getByRole('dialog').getByText('leaves this call at once').waitFor();
    },
  },
  {
    name: 'groupCall-guests',
    scene,
    reach: async (page) => {
      await talk(page, five, { mayControl: true });
      await page.keyboard.press('p');
      await press(page, 'Invite guests…');
      await press(page, 'Make a link');
      await page.getByRole('button', { name: 'Copy guest link' }).waitFor();
    },
  },
  {
    name: 'groupCall-reactions',
    scene,
    reach: async (page) => {
      await talk(page, five);
      await press(page, 'React');
      await press(page, 'React with 👏');
      await page.locator('.groupReactions-one').waitFor();
    },
  },
  {
    name: 'groupCall-leave',
    scene,
    reach: async (page) => {
      await talk(page, five, { mayControl: true });
      await press(page, 'Leave the call, or end it');
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'groupCall-notes',
    scene,
    reach: async (page) => {
      await talk(page, five);
      await set(page, {
        muteAsked: true,
        isLocked: true,
        quality: { step: 'poor', causes: ['bandwidth'] },
        problems: [{ kind: 'framesNotOpened' }],
      });
      await page.getByText('asks you to mute').waitFor();
    },
  },
  {
    name: 'groupCall-statistics',
    scene,
    reach: async (page) => {
      await talk(page, five);
      await press(page, 'More of the call');
      await page.getByRole('menuitem', { name: 'Show figures of the connection' }).click();
      await page.getByText('SRTP_AEAD').waitFor();
    },
  },
  {
    name: 'groupCall-reconnecting',
    scene,
    reach: async (page) => {
      await talk(page, five);
      await set(page, { phase: { kind: 'reconnecting', sinceMs: 0 } });
      await page.locator('.groupCall').getByText('Connecting again').first().waitFor();
    },
  },
  {
    name: 'groupCall-chat',
    scene,
    reach: async (page) => {
      await talk(page, five);
      await press(page, 'Chat beside the call');
      await page.locator('#composer').waitFor();
    },
  },
  {
    name: 'groupCall-bar',
    scene,
    reach: async (page) => {
      await talk(page, five);
      await page.keyboard.press('Escape');
      await page.locator('.callFloat .callPicture[data-shown="true"]').waitFor();
    },
  },
  {
    name: 'groupCall-left',
    scene,
    reach: async (page) => {
      await talk(page, five);
      await end(page, 'left');
    },
  },
  {
    name: 'groupCall-removed',
    scene,
    reach: async (page) => {
      await talk(page, five);
      await end(page, 'removed');
    },
  },
  {
    name: 'groupCall-grow',
    scene,
    reach: async (page) => {
      await page.evaluate(() => localStorage.setItem('sotto.calls.tried', 'on'));
      await openGroup(page, 'See you at the quay');
      await press(page, 'Start a voice call');
      await page.locator('.call').waitFor();
      await page.evaluate(() => window.sottoFixture.call.connect());
      await press(page, 'Add people to the call');
      await page.getByRole('dialog').getByText('go on in a new group').waitFor();
    },
  },
];
