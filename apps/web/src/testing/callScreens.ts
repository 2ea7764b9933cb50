/** Calls, and how to get to them: part of screens.ts. */
import type { CallState } from '@sotto/sdk/calls';
import type { Page } from 'playwright-core';
import { noteSeen } from './noteSeen.ts';
import type { Screen } from './screens.ts';

const scene = 'calls';

const open = async (page: Page, name: string): Promise<void> => {
  await page.locator('a.list-row', { hasText: name }).click();
  await page.locator('#composer').waitFor();
};

/** Calls somebody, who takes it: `change` is how it goes then. */
async function talk(page: Page, video: boolean, change: Partial<CallState> = {}): Promise<void> {
  await open(page, 'jonas');
  await page.evaluate(() => localStorage.setItem('sotto.calls.tried', 'on'));
  await page.getByRole('button', { name: video ? 'Start a video call' : 'Start a voice call' }).click();
  await page.locator('.call').waitFor();
  const remote = { isMuted: false, hasCamera: video, isSharing: false, lowData: false };
  await page.evaluate((state) => window.sottoFixture.call.connect(state), { remote, ...change });
  await page.locator('.call-code').waitFor();
  if (video) await page.locator('.call-stage > .callPicture[data-shown="true"]').waitFor();
}
const set = (page: Page, change: Partial<CallState>): Promise<void> =>
  page.evaluate((state) => window.sottoFixture.call.set(state), change);
const remote = { isMuted: false, hasCamera: true, isSharing: false, lowData: false };

async function ring(page: Page, name: string, video: boolean): Promise<void> {
  await page.evaluate((call) => window.sottoFixture.call.ring(call.name, call.video), { name, video });
  await page.getByRole('alertdialog').waitFor();
}
const end = async (
  page: Page,
  ending: Parameters<Window['sottoFixture']['call']['end']>[0],
): Promise<void> => {
  const seen = await noteSeen(page, '.callEnded');
  await page.evaluate((what) => window.sottoFixture.call.end(what), ending);
  // What needs nobody's answer goes by itself.
  await seen();
};
async function more(page: Page, item: string): Promise<void> {
  await page.getByRole('button', { name: 'More of the call' }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

export const callScreens: readonly Screen[] = [
  { name: 'call-list', scene },
  {
    name: 'call-lines',
    scene,
    reach: async (page) => {
      await open(page, 'jonas');
      await page.getByText('Missed video call').last().waitFor();
    },
  },
  { name: 'call-incoming', scene, reach: (page) => ring(page, 'jonas', false) },
  {
    name: 'call-incoming-video',
    scene,
    reach: (page) => ring(page, 'theodora-papadimitriou-kalogerop', true),
  },
  {
    name: 'call-incoming-silenced',
    scene,
    reach: async (page) => {
      await ring(page, 'jonas', true);
      await page.keyboard.press('Escape');
      await page.getByText('It rings without a sound').waitFor();
    },
  },
  {
    name: 'call-check',
    scene,
    reach: async (page) => {
      await open(page, 'jonas');
      await page.getByRole('button', { name: 'Start a video call' }).click();
      await page.getByRole('dialog').getByText('You are heard').waitFor();
      await page.locator('.callPicture[data-shown="true"]').waitFor();
    },
  },
  {
    name: 'call-check-denied',
    scene,
    reach: async (page) => {
      await open(page, 'jonas');
      await page.evaluate(() =>
        window.sottoFixture.call.setCheck({
          microphone: { kind: 'problem', problem: 'permissionDenied' },
          camera: { kind: 'problem', problem: 'noDevice' },
        }),
      );
      await page.getByRole('button', { name: 'Start a video call' }).click();
      await page.getByText('may not use your microphone').waitFor();
    },
  },
  {
    name: 'call-outgoing',
    scene,
    reach: async (page) => {
      await open(page, 'jonas');
      await page.evaluate(() => localStorage.setItem('sotto.calls.tried', 'on'));
      await page.getByRole('button', { name: 'Start a voice call' }).click();
      await page.locator('.call').getByText('Ringing').first().waitFor();
    },
  },
  {
    name: 'call-outgoing-video',
    scene,
    reach: async (page) => {
      await open(page, 'theodora');
      await page.evaluate(() => localStorage.setItem('sotto.calls.tried', 'on'));
      await page.getByRole('button', { name: 'Start a video call' }).click();
      await page.locator('.callSmall .callPicture[data-shown="true"]').waitFor();
    },
  },
  { name: 'call-voice', scene, reach: (page) => talk(page, false) },
  { name: 'call-video', scene, reach: (page) => talk(page, true) },
  {
    name: 'call-video-swapped',
    scene,
    reach: async (page) => {
      await talk(page, true);
      await page.locator('button.callSmall').click();
      await page.getByRole('button', { name: 'The picture of jonas' }).waitFor();
    },
  },
  {
    name: 'call-video-moved',
    scene,
    reach: async (page) => {
      await talk(page, true);
      await page.locator('button.callSmall').focus();
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowLeft');
      await page.locator('.callSmall[data-x="left"][data-y="top"]').waitFor();
    },
  },
  {
    name: 'call-sharing',
    scene,
    reach: async (page) => {
      await talk(page, true);
      await set(page, { remote: { ...remote, isSharing: true } });
      await page.locator('.call-third').waitFor();
    },
  },
  {
    name: 'call-notes',
    scene,
    reach: async (page) => {
      await talk(page, false, {
        quality: { step: 'poor', causes: ['lossHere'] },
        remote: { ...remote, hasCamera: false, isMuted: true },
        problems: [{ kind: 'microphoneSilent' }, { kind: 'playbackBlocked' }],
      });
      await page.getByRole('button', { name: 'Turn the sound on' }).waitFor();
    },
  },
  {
    name: 'call-video-notes',
    scene,
    reach: async (page) => {
      await talk(page, true, {
        quality: { step: 'fair', causes: ['bandwidth'] },
        remote: { ...remote, isMuted: true },
        problems: [{ kind: 'deviceLost', device: 'microphone', replacedBy: 'Headset' }],
      });
      await page
        .locator('.call')
        .focus()
        .catch(() => undefined);
      await page.keyboard.press('m');
      await page.getByText('Your microphone is muted').waitFor();
    },
  },
  {
    name: 'call-reconnecting',
    scene,
    reach: async (page) => {
      await talk(page, false, { phase: { kind: 'reconnecting', sinceMs: 0 } });
      await page.locator('.call').getByText('Connecting again').first().waitFor();
    },
  },
  {
    name: 'call-question',
    scene,
    reach: async (page) => {
      await talk(page, false, { videoRequest: 'askedByOther' });
      await page.getByRole('dialog').getByText('wants to see you').waitFor();
    },
  },
  {
    name: 'call-code',
    scene,
    reach: async (page) => {
      await talk(page, true);
      await page.locator('.call-code').click();
      await page.getByRole('dialog').getByText('Read these digits').waitFor();
    },
  },
  {
    name: 'call-menu',
    scene,
    reach: async (page) => {
      await talk(page, true);
      await page.getByRole('button', { name: 'More of the call' }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'call-devices',
    scene,
    reach: async (page) => {
      await talk(page, true);
      await more(page, 'Microphone, camera and speaker');
      await page.getByRole('dialog').getByLabel('Speaker').waitFor();
    },
  },
  {
    name: 'call-statistics',
    scene,
    reach: async (page) => {
      await talk(page, true);
      await more(page, 'Show figures of the connection');
      await page.getByText('TLS_AES_128').waitFor();
    },
  },
  {
    name: 'call-chat',
    scene,
    reach: async (page) => {
      await talk(page, true);
      await page.getByRole('button', { name: 'Chat beside the call' }).click();
      await page.locator('#composer').waitFor();
    },
  },
  {
    name: 'call-bar',
    scene,
    reach: async (page) => {
      await talk(page, false);
      await page.keyboard.press('Escape');
      await page.locator('.callBar').waitFor();
    },
  },
  {
    name: 'call-bar-video',
    scene,
    reach: async (page) => {
      await talk(page, true);
      await page.keyboard.press('Escape');
      await page.locator('.callFloat .callPicture[data-shown="true"]').waitFor();
    },
  },
  {
    name: 'call-return',
    scene,
    reach: async (page) => {
      await page.evaluate(() => window.sottoFixture.call.elsewhere('jonas', 'here', true));
      await page.getByRole('button', { name: 'Return to the call' }).waitFor();
    },
  },
  {
    name: 'call-elsewhere',
    scene,
    reach: async (page) => {
      await page.evaluate(() => window.sottoFixture.call.elsewhere('ida.lund', 'elsewhere', false));
      await page.getByText('on another device').waitFor();
    },
  },
  {
    name: 'call-unanswered',
    scene,
    reach: async (page) => {
      await talk(page, true);
      await end(page, { kind: 'noAnswer' });
    },
  },
  {
    name: 'call-failed',
    scene,
    reach: async (page) => {
      await talk(page, false);
      await end(page, { kind: 'notConnected' });
    },
  },
  {
    name: 'call-settings',
    scene,
    hash: '#/settings/calls',
    reach: (page) => page.getByText('Always relay calls').waitFor(),
  },
];
