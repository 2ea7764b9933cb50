import { afterEach, expect, it } from 'vitest';
import {
  type CallBrowser,
  type CallPages,
  fakeDevices,
  grantsAll,
  openCallBrowser,
} from './testing/callPages.ts';
import { poll, sides } from './testing/watchedPages.ts';

declare global {
  /** Of the sound of what is shared; 0 for silence. */
  var loudestHz: () => number;
}

let browser: CallBrowser | null = null;
let pages: CallPages | null = null;

afterEach(async () => {
  expect(await pages?.close()).toEqual([]);
  await browser?.close();
  pages = null;
  browser = null;
});

async function open(flags: readonly string[], choice?: { isAudible: boolean }): Promise<CallPages> {
  browser = await openCallBrowser(flags, choice);
  pages = await browser.open();
  return pages;
}

it('without a permission there is no call, unless one only listens', async () => {
  const pages = await open(fakeDevices);
  for (const side of sides) {
    const page = pages.page(side);
    const session = await page.context().newCDPSession(page);
    for (const name of ['microphone', 'camera']) {
      await session.send('Browser.setPermission', {
        permission: { name },
        setting: 'denied',
        origin: new URL(page.url()).origin,
      });
    }
  }
  await pages.start({ video: true });
  await pages.shows('caller', {
    phase: { kind: 'ended', ending: { kind: 'noMicrophone', problem: 'permissionDenied' } },
  });
  expect(pages.call.isRinging).toBe(false);
  await pages.letGo('caller');

  await pages.connect({ video: true, withoutMicrophone: true });
  await pages.shows('caller', {
    remote: { isMuted: true, hasCamera: false },
    local: { camera: 'off' },
    problems: [
      { kind: 'device', device: 'camera', problem: 'permissionDenied' },
      { kind: 'device', device: 'microphone', problem: 'permissionDenied' },
    ],
  });
});

it('without a device there is no call, and an answer leaves it ringing', async () => {
  const pages = await open(grantsAll);
  await pages.start({ video: false });
  await pages.shows('caller', {
    phase: { kind: 'ended', ending: { kind: 'noMicrophone', problem: 'noDevice' } },
  });
  await pages.start({ video: false, withoutMicrophone: true });
  await pages.rings();
  await pages.pickUp({ video: false });
  await pages.shows('answerer', {
    phase: { kind: 'ended', ending: { kind: 'noMicrophone', problem: 'noDevice' } },
  });
  expect(pages.call.isRinging).toBe(true);
  expect(pages.call.ends).toEqual([]);
  await pages.letGo('answerer');
});

it('an unplugged device is replaced, and that is said', async () => {
  const pages = await open([...fakeDevices, ...grantsAll]);
  await pages.connect({ video: true });
  const page = pages.page('caller');
  const unplug = (kind: string) =>
    page.evaluate((kind) => {
      const track = opened.findLast((track) => track.kind === kind);
      track?.stop();
      track?.dispatchEvent(new Event('ended'));
    }, kind);
  // What has solved itself is shown for a moment only.
  const problems = () => page.evaluate(() => globalThis.problems);
  await unplug('audio');
  await expect
    .poll(problems, poll)
    .toContainEqual({ kind: 'deviceLost', device: 'microphone', replacedBy: expect.stringMatching(/./) });
  await pages.hears('answerer');
  await unplug('video');
  await expect
    .poll(problems, poll)
    .toContainEqual({ kind: 'deviceLost', device: 'camera', replacedBy: expect.stringMatching(/./) });
  await pages.sees('answerer', 'camera');

  // Nothing is left to take its place, until a device comes.
  await page.evaluate(() => {
    const devices = navigator.mediaDevices;
    const open = devices.getUserMedia;
    devices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'));
    addEventListener('plugged', () => {
      devices.getUserMedia = open;
      devices.dispatchEvent(new Event('devicechange'));
    });
  });
  await unplug('audio');
  await pages.shows('answerer', { remote: { isMuted: true } });
  await expect
    .poll(async () => (await pages.state('caller')).problems, poll)
    .toContainEqual({ kind: 'deviceLost', device: 'microphone', replacedBy: null });
  await page.evaluate(() => dispatchEvent(new Event('plugged')));
  await pages.shows('answerer', { remote: { isMuted: false } });
  await pages.hears('answerer');
  await page.evaluate(() => session.end());
  await pages.letGo('caller');
});

it('a tab is shared with its sound', async () => {
  const title = 'A tab to share';
  const pages = await open([...fakeDevices, `--auto-select-tab-capture-source-by-title=${title}`], {
    isAudible: true,
  });
  for (const side of sides) await pages.page(side).context().grantPermissions(['microphone', 'camera']);
  const page = pages.page('caller');
  const tab = await page.context().newPage();
  await tab.setContent(`<title>${title}</title><body style="background: linear-gradient(red, blue)"></body>`);
  await tab.evaluate(() => {
    const context = new AudioContext();
    const oscillator = context.createOscillator();
    oscillator.frequency.value = 1500;
    oscillator.connect(context.destination);
    oscillator.start();
    // A tab in which nothing changes gives no pictures.
    setInterval(() => {
      document.body.textContent = String(performance.now());
    }, 100);
  });
  await page.bringToFront();
  await pages.connect({ video: false });
  await page.evaluate(() => session.shareScreen());
  await pages.shows('caller', { local: { sharing: 'onWithSound' } });
  await pages.shows('answerer', { remote: { isSharing: true } });
  await pages.sees('answerer', 'screen');
  // The tone of the tab, on the line that is for it; the microphone's is another.
  const other = pages.page('answerer');
  await other.evaluate(() => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    const track = connections[0]!.getReceivers()[3]!.track;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    globalThis.loudestHz = () => {
      const levels = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(levels);
      const level = Math.max(...levels);
      return level > -60 ? (levels.indexOf(level) * context.sampleRate) / analyser.fftSize : 0;
    };
  });
  const loudestHz = () => other.evaluate(() => globalThis.loudestHz());
  await expect.poll(async () => Math.abs((await loudestHz()) - 1500), poll).toBeLessThan(50);
  await page.evaluate(() => session.stopSharing());
  await pages.shows('answerer', { remote: { isSharing: false } });
  await expect.poll(loudestHz, poll).toBe(0);
});

it('a look at the devices shows picture and level, and lets go of them', async () => {
  const pages = await open([...fakeDevices, ...grantsAll]);
  const page = pages.page('caller');
  await page.evaluate(() => {
    globalThis.check = calls.checkDevices({ video: true });
  });
  const state = () => page.evaluate(() => check.state);
  await expect.poll(state, poll).toMatchObject({ microphone: { kind: 'open' }, camera: { kind: 'open' } });
  await expect.poll(() => page.evaluate(() => check.level()), poll).toBeGreaterThan(0.1);
  expect(await page.evaluate(() => check.picture.getVideoTracks().length)).toBe(1);
  const devices = await page.evaluate(
    () =>
      new Promise<string[]>((resolve) =>
        calls.watchDevices(({ microphones }) => resolve(microphones.map(({ label }) => label))),
      ),
  );
  expect(devices.filter((label) => label !== '').length).toBeGreaterThan(1);
  await page.evaluate(() => check.playTone());
  await page.evaluate(() => check.setCamera(false));
  expect(await state()).toMatchObject({ camera: { kind: 'off' } });
  await page.evaluate(() => check.close());
  await pages.letGo('caller');
});
