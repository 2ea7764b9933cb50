import type { CallDescription } from '@sotto/client/api';
import { startTestRelay, type TestRelay } from '@sotto/relay/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CallBrowser, type CallPages, openCallBrowser } from './testing/callPages.ts';
import { poll, sides } from './testing/watchedPages.ts';

declare global {
  /** Which way cameras that were opened should look. */
  var askedFacing: (string | null)[];
}

const asActive = ({ type, sdp }: CallDescription): CallDescription => ({
  type,
  sdp: sdp.replaceAll('setup:passive', 'setup:active'),
});

let browser: CallBrowser;
let pages: CallPages;

beforeAll(async () => {
  browser = await openCallBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  pages = await browser.open();
});
afterEach(async () => {
  expect(await pages.close()).toEqual([]);
});

describe('a call between two pages', () => {
  it('carries voice and picture both ways, sealed, and lets go of everything when it ends', async () => {
    await pages.connect({ video: true });
    for (const side of sides) {
      await pages.hears(side);
      await pages.sees(side, 'camera');
    }
    await pages.shows('caller', {
      code: '402913',
      role: 'caller',
      hasVideo: true,
      remote: { isMuted: false, hasCamera: true, isSharing: false },
      route: { kind: 'direct', protocol: 'udp' },
      problems: [],
    });
    const frames = async () => (await pages.observe('caller')).statistics?.frames;
    await expect.poll(async () => (await frames())?.sealed ?? 0, poll).toBeGreaterThan(10);
    await expect.poll(async () => (await frames())?.opened ?? 0, poll).toBeGreaterThan(10);
    const { statistics } = await pages.observe('caller');
    expect(statistics?.audioReceived?.codec).toBe('opus');
    expect(statistics?.cameraReceived?.codec).toBe('VP8');
    await expect.poll(async () => (await pages.observe('caller')).levels.remote, poll).toBeGreaterThan(0);
    // What is sent has its bounds on both sides, whoever made the offer: those of a poor network, where the machine is busy.
    for (const side of sides) {
      const limits = () =>
        pages
          .page(side)
          .evaluate(() =>
            connections[0]!.getSenders().map((sender) => sender.getParameters().encodings[0]?.maxBitrate),
          );
      const bounds = [
        [24_000, 40_000],
        [400_000, 1_700_000],
        [2_500_000, 2_500_000],
        [96_000, 96_000],
      ] as const;
      await expect
        .poll(
          async () =>
            (await limits()).map((limit = 0, at) => limit >= bounds[at]![0] && limit <= bounds[at]![1]),
          poll,
        )
        .toEqual([true, true, true, true]);
    }
    // On a machine that is busy for seconds, there may be more of them after these.
    expect(await pages.page('caller').evaluate(() => phases.slice(0, 4))).toEqual([
      'preparing',
      'ringing',
      'connecting',
      'connected',
    ]);

    await pages.page('caller').evaluate(() => {
      session.end();
      session.end();
      session.setMuted(true);
    });
    await pages.ends('caller', 'hungUp');
    await pages.ends('answerer', 'hungUpByOther');
    for (const side of sides) await pages.letGo(side);
    await expect.poll(() => pages.call.ends, poll).toEqual([{ by: 'caller', reason: '' }]);
  });

  it('becomes one with pictures when both want it', async () => {
    await pages.connect({ video: false });
    await pages.hears('caller');
    await pages.page('caller').evaluate(() => session.setCamera(true));
    await pages.shows('answerer', {
      videoRequest: 'askedByOther',
      hasVideo: false,
      remote: { hasCamera: false },
    });
    await pages.page('answerer').evaluate(() => session.declineVideo());
    await pages.shows('caller', { videoRequest: 'declined', hasVideo: false, local: { camera: 'off' } });

    await pages.page('answerer').evaluate(() => session.offerVideo());
    await pages.shows('caller', { videoRequest: 'askedByOther' });
    await pages.page('caller').evaluate(() => session.acceptVideo());
    for (const side of sides) {
      await pages.shows(side, { hasVideo: true, videoRequest: 'none', local: { camera: 'on' } });
      await pages.sees(side, 'camera');
    }
  });

  it('sends nothing of what is muted, and lets go of a camera that is off', async () => {
    await pages.connect({ video: true });
    await pages.hears('answerer');
    const page = pages.page('caller');
    await page.evaluate(() => session.setMuted(true));
    await pages.shows('answerer', { remote: { isMuted: true } });
    await expect.poll(async () => (await pages.observe('answerer')).levels.remote, poll).toBe(0);
    const sent = () =>
      page.evaluate(() => connections[0]?.getSenders().map(({ track }) => track?.kind ?? null));
    await expect.poll(sent, poll).toEqual([null, 'video', null, null]);
    expect(await page.evaluate(() => opened.map(({ readyState }) => readyState))).toEqual(['live', 'live']);

    await page.evaluate(() => session.setCamera(false));
    await pages.shows('answerer', { remote: { hasCamera: false } });
    await expect.poll(sent, poll).toEqual([null, null, null, null]);
    const tracks = () =>
      page.evaluate(() => opened.map(({ kind, readyState }) => `${kind} ${readyState}`).sort());
    await expect.poll(tracks, poll).toEqual(['audio live', 'video ended']);

    await page.evaluate(() => session.setMuted(false));
    await page.evaluate(() => Promise.all([session.setCamera(true), session.setCamera(true)]));
    await pages.shows('answerer', { remote: { isMuted: false, hasCamera: true } });
    await pages.hears('answerer');
    await pages.sees('answerer', 'camera');
    expect(await page.evaluate(() => opened.length)).toBe(3);
  });

  it('shares a screen beside the camera, in VP9, again and after a restart of ICE', async () => {
    await pages.connect({ video: true });
    await pages.page('caller').evaluate(() => session.shareScreen());
    await pages.shows('answerer', { remote: { isSharing: true, hasCamera: true } });
    await pages.sees('answerer', 'screen');
    await pages.sees('answerer', 'camera');
    await pages.sharesIn('caller', 'VP9');
    expect((await pages.observe('answerer')).statistics?.cameraReceived?.codec).toBe('VP8');
    expect(await pages.page('caller').evaluate(() => session.streams.localScreen.getTracks().length)).toBe(1);

    // The user stops it where the browser says that something is shared.
    await pages.page('caller').evaluate(() => {
      const shared = session.streams.localScreen.getTracks()[0];
      shared?.stop();
      shared?.dispatchEvent(new Event('ended'));
    });
    await pages.shows('caller', { local: { sharing: 'off' } });
    await pages.shows('answerer', { remote: { isSharing: false } });

    await pages.page('caller').evaluate(() => session.shareScreen());
    await pages.sees('answerer', 'screen');
    // The one that answered makes the offer now: with all codecs, of which the answer takes one.
    const before = pages.call.said.length;
    // As Firefox, which then says another role in DTLS than it has.
    pages.call.tamper = (from, update) =>
      from === 'caller' && update.description?.type === 'answer'
        ? { ...update, description: asActive(update.description) }
        : update;
    await pages.page('answerer').evaluate(() => dispatchEvent(new Event('online')));
    const described = () =>
      pages.call.said.slice(before).flatMap(({ update: { description } }) => description ?? []);
    await expect.poll(() => described().some(({ type }) => type === 'answer'), poll).toBe(true);
    for (const { type, sdp } of described())
      expect(sdp.split('m=')[3]?.match(/VP\d/g)).toEqual(type === 'offer' ? ['VP9', 'VP8'] : ['VP9']);
    await pages.shows('answerer', { phase: { kind: 'connected' } });
    await pages.sees('answerer', 'screen');
    await pages.sharesIn('caller', 'VP9');
  });

  it('changes microphone, camera and speaker while talking', async () => {
    await pages.connect({ video: true });
    const page = pages.page('caller');
    const chosen = await page.evaluate(async () => {
      const devices = await navigator.mediaDevices.enumerateDevices();
      const { microphoneId, cameraId } = session.state.local;
      const other = (kind: string, than: string | null) =>
        devices.findLast((device) => device.kind === kind && device.deviceId !== than)?.deviceId ?? '';
      const chosen = {
        microphoneId: other('audioinput', microphoneId),
        cameraId: other('videoinput', cameraId),
        speakerId: other('audiooutput', 'default'),
      };
      await session.chooseMicrophone(chosen.microphoneId);
      await session.chooseSpeaker(chosen.speakerId);
      await session.chooseCamera(chosen.cameraId);
      return chosen;
    });
    await pages.shows('caller', { local: { ...chosen, camera: 'on' }, problems: [] });
    await pages.hears('answerer');
    await pages.sees('answerer', 'camera');
    expect(await page.evaluate(() => opened.filter(({ readyState }) => readyState === 'live').length)).toBe(
      2,
    );
    // Switching goes on to the next camera, and after the last to the first.
    await page.evaluate(() => session.switchCamera());
    const { cameraId } = (await pages.state('caller')).local;
    expect(cameraId).not.toBe(chosen.cameraId);
    await pages.shows('caller', {
      local: { cameraId: expect.stringMatching(/./), camera: 'on' },
      problems: [],
    });
    await pages.sees('answerer', 'camera');
    await page.evaluate((id) => session.chooseCamera(id), chosen.cameraId);
    await pages.shows('caller', { local: { ...chosen, camera: 'on' }, problems: [] });
    // The next call begins with them.
    await page.evaluate(() => session.end());
    await pages.ends('answerer', 'hungUpByOther');
    pages.call.reset();
    await pages.start({ video: true });
    await pages.shows('caller', { phase: { kind: 'ringing' }, local: { ...chosen, camera: 'on' } });
  });

  it('switches between the cameras of a telephone by the way they look', async () => {
    const page = pages.page('caller');
    // As telephones do: each camera says where it looks, and which one is opened is asked for by that.
    await page.evaluate(() => {
      globalThis.askedFacing = [];
      const { getUserMedia } = navigator.mediaDevices;
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        const video = constraints?.video;
        const stream = await getUserMedia.call(navigator.mediaDevices, constraints);
        if (typeof video !== 'object') return stream;
        const facing = (video.facingMode as { ideal?: string } | undefined)?.ideal;
        askedFacing.push(facing ?? null);
        for (const track of stream.getVideoTracks()) {
          const settings = track.getSettings();
          track.getSettings = () => ({ ...settings, facingMode: facing ?? 'user' });
        }
        return stream;
      };
    });
    await pages.connect({ video: true });
    await pages.shows('caller', { local: { camera: 'on', facing: 'user' } });
    for (const facing of ['environment', 'user']) {
      await page.evaluate(() => session.switchCamera());
      await pages.shows('caller', { local: { camera: 'on', facing }, problems: [] });
      await pages.sees('answerer', 'camera');
      expect(await page.evaluate(() => askedFacing.at(-1))).toBe(facing);
    }
    // One camera is open at a time.
    expect(
      await page.evaluate(
        () => opened.filter((track) => track.kind === 'video' && track.readyState === 'live').length,
      ),
    ).toBe(1);
  });

  it('sends little where either side asks for it', async () => {
    await pages.connect({ video: true });
    // What it may send: how much of that it does send is what a busy machine encodes.
    const encoding = () =>
      pages.page('answerer').evaluate(() => connections[0]?.getSenders()[1]?.getParameters().encodings[0]);
    await expect.poll(async () => (await encoding())?.maxBitrate ?? 0, poll).toBeGreaterThan(300_000);
    await pages.page('caller').evaluate(() => session.setLowData(true));
    await pages.shows('answerer', { remote: { lowData: true } });
    await expect.poll(encoding, poll).toMatchObject({ maxBitrate: 150_000, scaleResolutionDownBy: 2 });
  });

  it('goes on after a reload of either side', async () => {
    await pages.connect({ video: true });
    for (const side of sides) {
      const other = side === 'caller' ? 'answerer' : 'caller';
      await pages.page(side).reload();
      await pages.rejoin(side, { video: true });
      for (const each of sides) await pages.shows(each, { phase: { kind: 'connected' } });
      for (const each of sides) {
        await pages.hears(each);
        await pages.sees(each, 'camera');
      }
      const earlier = () => pages.page(other).evaluate(() => connections.at(-2)?.connectionState ?? 'none');
      await expect.poll(earlier, poll).not.toBe('connected');
    }
    await pages.page('answerer').evaluate(() => session.end());
    for (const side of sides) await pages.letGo(side);
  });

  it('goes on where the answerer comes back late, and where both do, and asks for pictures again', async () => {
    await pages.connect({ video: false });
    await pages.page('caller').evaluate(() => session.offerVideo());
    await pages.shows('answerer', { videoRequest: 'askedByOther' });
    const offersSince = (before: number): number =>
      pages.call.said
        .slice(before)
        .filter(({ from, update }) => from === 'caller' && update.description?.type === 'offer').length;
    let before = pages.call.said.length;
    await pages.page('answerer').reload();
    // The caller looks for a way before anybody is there to answer.
    await expect.poll(() => offersSince(before), poll).toBeGreaterThanOrEqual(1);
    await pages.rejoin('answerer', { video: false });
    for (const each of [...sides].reverse()) await pages.shows(each, { phase: { kind: 'connected' } });
    for (const each of sides) await pages.hears(each);
    await pages.shows('answerer', { videoRequest: 'askedByOther' });
    await pages.page('answerer').evaluate(() => session.acceptVideo());
    for (const side of sides) await pages.sees(side, 'camera');

    for (const side of sides) await pages.page(side).reload();
    before = pages.call.said.length;
    await pages.rejoin('caller', { video: false });
    await expect.poll(() => offersSince(before), poll).toBeGreaterThanOrEqual(1);
    await pages.rejoin('answerer', { video: false });
    for (const each of sides) await pages.shows(each, { phase: { kind: 'connected' } });
    for (const each of sides) await pages.hears(each);
  });

  it('finds its way anew when both notice another network at once', async () => {
    await pages.connect({ video: false });
    const before = pages.call.said.length;
    await Promise.all(
      sides.map((side) => pages.page(side).evaluate(() => dispatchEvent(new Event('online')))),
    );
    const offers = () =>
      pages.call.said.slice(before).filter(({ update }) => update.description?.type === 'offer');
    await expect.poll(() => offers().length, poll).toBeGreaterThanOrEqual(1);
    for (const side of sides) {
      await expect
        .poll(() => pages.page(side).evaluate(() => connections[0]?.signalingState), poll)
        .toBe('stable');
      await pages.shows(side, { phase: { kind: 'connected' } });
      await pages.hears(side);
    }
  });
});

describe('a call through a relay', () => {
  let relay: TestRelay;
  beforeEach(async () => {
    relay = await startTestRelay();
    pages.call.servers = relay.iceServers(new Uint8Array(16).fill(7));
    pages.call.isRelayOnly = true;
  });
  afterEach(() => relay.stop());

  it('tells no address but relayed ones', async () => {
    await pages.connect({ video: false });
    await pages.shows('caller', { route: { kind: 'relayed', protocol: 'udp' } });
    await pages.hears('answerer');
    const told = [pages.call.offer ?? '', JSON.stringify(pages.call.said)].join();
    const candidates = told.match(/candidate:[^\r\n"\\]+/g) ?? [];
    expect(candidates.length).toBeGreaterThan(0);
    for (const candidate of candidates)
      expect(candidate).toMatch(/ 198\.1[89]\.\d+\.\d+ \d+ typ relay raddr 0\.0\.0\.0 rport 0/);
  });

  it('finds its way again after the network was cut', async () => {
    await pages.connect({ video: true });
    await pages.sees('answerer', 'camera');
    const before = pages.call.said.length;
    relay.setNetwork({ isCut: true });
    for (const side of sides) await pages.shows(side, { phase: { kind: 'reconnecting' } });
    await expect
      .poll(
        () => pages.call.said.slice(before).some(({ update }) => update.description?.type === 'offer'),
        poll,
      )
      .toBe(true);
    relay.setNetwork({});
    for (const side of sides) {
      await pages.shows(side, { phase: { kind: 'connected' } });
      await pages.hears(side);
      await pages.sees(side, 'camera');
    }
  });

  it('carries voice where a third is lost and the rest comes late, and says that it is poor', async () => {
    await pages.connect({ video: true });
    relay.setNetwork({ loss: 0.3, jitterMs: 300 });
    await pages.shows('answerer', { quality: { step: 'poor' } });
    for (const side of sides) await pages.hears(side);
    const causes = async () => (await pages.state('answerer')).quality.causes;
    await expect.poll(causes, poll).toContain('lossHere');
    relay.setNetwork({});
    // What was wrong with the network is said no more; a busy machine may still have something to say.
    await expect.poll(causes, poll).not.toContain('lossHere');
    await pages.hears('answerer');
  });
});
