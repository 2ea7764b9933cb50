import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chromiumOffer } from '../../calls/descriptionSamples.ts';
import { type CallBrowser, type CallPages, openCallBrowser } from './testing/callPages.ts';
import { poll, sides } from './testing/watchedPages.ts';

const voice = { video: false };

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

const otherFingerprint = (sdp: string): string =>
  sdp.replaceAll(/sha-256 ([0-9A-F]{2})/g, (_all, byte: string) => `sha-256 ${byte === 'AA' ? 'AB' : 'AA'}`);

describe('an offer', () => {
  it.each<[string, (offer: string) => string]>([
    ['megabytes', (offer) => offer + 'a=x:'.padEnd(3_000_000, 'y')],
    ['nothing', () => ''],
    [
      'other lines',
      (offer) => `${offer}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n`,
    ],
    ['a line less', (offer) => offer.slice(0, offer.lastIndexOf('m='))],
    ['no fingerprint', (offer) => offer.replaceAll(/a=fingerprint:.*\r\n/g, '')],
    [
      'what a browser cannot take',
      () => chromiumOffer().join('\r\n').replaceAll('opus/48000/2', 'opus/48000/2/9'),
    ],
  ])('of %s is not taken', async (_what, change) => {
    await pages.start(voice);
    await pages.rings();
    pages.call.offer = change(pages.call.offer ?? '');
    await pages.pickUp(voice);
    await pages.ends('answerer', 'insecure');
    await pages.letGo('answerer');
  });

  it('with another fingerprint leads to no connection', async () => {
    await pages.start(voice);
    await pages.rings();
    pages.call.offer = otherFingerprint(pages.call.offer ?? '');
    await pages.pickUp(voice);
    await pages.ends('answerer', 'insecure');
    await pages.letGo('answerer');
    expect(await pages.page('answerer').evaluate(() => phases)).not.toContain('connected');
    await expect.poll(() => pages.call.ends, poll).toContainEqual({ by: 'answerer', reason: 'failed' });
  });

  it('with another fingerprint in mid-call ends it', async () => {
    await pages.connect(voice);
    pages.call.tamper = (_from, update) =>
      update.description === null
        ? update
        : {
            ...update,
            description: { ...update.description, sdp: otherFingerprint(update.description.sdp) },
          };
    await pages.page('caller').evaluate(() => dispatchEvent(new Event('online')));
    await pages.ends('answerer', 'insecure');
    await pages.letGo('answerer');
  });

  it('brings no candidate that leads to this machine or to services', async () => {
    const forbidden = [
      '127.0.0.1 50000',
      '::1 50000',
      '169.254.169.254 50000',
      '224.0.0.251 50000',
      '192.0.2.77 80',
    ];
    const candidates = forbidden.map(
      (place, at) => `candidate:${at + 50} 1 udp 2113937151 ${place} typ host`,
    );
    await pages.start(voice);
    await pages.rings();
    const lines = candidates.map((candidate) => `a=${candidate}\r\n`).join('');
    pages.call.offer = (pages.call.offer ?? '').replace('a=mid:0\r\n', `a=mid:0\r\n${lines}`);
    pages.call.tamper = (_from, update) => ({
      ...update,
      candidates: [
        ...update.candidates,
        ...candidates.map((candidate) => ({ candidate, sdpMid: '0', sdpMLineIndex: 0 })),
      ],
    });
    await pages.pickUp(voice);
    for (const side of sides) await pages.shows(side, { phase: { kind: 'connected' } });
    await pages.hears('answerer');
    for (const side of sides) {
      const addresses = await pages.page(side).evaluate(async () => {
        const found: string[] = [];
        for (const entry of (await connections[0]?.getStats())?.values() ?? [])
          if (entry.type === 'remote-candidate') found.push(`${entry.address} ${entry.port}`);
        return found;
      });
      expect(addresses.length).toBeGreaterThan(0);
      for (const place of forbidden) expect(addresses).not.toContain(place);
    }
  });
});

describe('a call', () => {
  it('without keys sends nothing, and says that nothing comes', async () => {
    pages.call.keys = 'none';
    await pages.connect({ video: true });
    for (const side of sides) await pages.shows(side, { problems: [{ kind: 'nothingReceived' }] });
    const { statistics, camera } = await pages.observe('answerer');
    expect(statistics?.frames).toMatchObject({ sealed: 0, opened: 0, notOpened: 0 });
    expect(statistics?.frames.notSealed).toBeGreaterThan(0);
    expect(statistics?.audioReceived?.energy ?? 0).toBe(0);
    expect(camera.width).toBe(0);
  });

  it('with other keys lets nothing be seen or heard, and says so', async () => {
    pages.call.keys = 'wrong';
    await pages.connect({ video: true });
    for (const side of sides) await pages.shows(side, { problems: [{ kind: 'framesNotOpened' }] });
    const { statistics, camera } = await pages.observe('answerer');
    expect(statistics?.frames.opened).toBe(0);
    expect(statistics?.frames.notOpened).toBeGreaterThan(0);
    expect(statistics?.audioReceived?.energy ?? 0).toBe(0);
    expect(statistics?.cameraReceived?.framesDecoded ?? 0).toBe(0);
    expect(camera.width).toBe(0);
  });

  it('ends when the other side is gone for half a minute', async () => {
    await pages.connect(voice);
    await pages.page('caller').close();
    await pages.shows('answerer', { phase: { kind: 'reconnecting' } });
    await pages.ends('answerer', 'connectionLost');
    await pages.letGo('answerer');
    await expect.poll(() => pages.call.ends, poll).toEqual([{ by: 'answerer', reason: '' }]);
  });

  it('ends where the worker that seals its frames fails', async () => {
    await pages.connect(voice);
    const [worker] = pages.page('caller').workers();
    await worker?.evaluate(() => {
      setTimeout(() => {
        throw new Error('broken');
      });
    });
    await pages.ends('caller', 'connectionLost');
    await pages.letGo('caller');
    await expect.poll(() => pages.call.ends, poll).toEqual([{ by: 'caller', reason: '' }]);
  });

  it('is let go of without a fault where the engine has stopped', async () => {
    await pages.connect(voice);
    const faults: string[] = [];
    pages.page('caller').on('pageerror', ({ message }) => faults.push(message));
    await pages.page('caller').evaluate(() => {
      globalThis.engine = async () => {
        throw new Error('stopped');
      };
      session.setMuted(true);
      session.end();
    });
    await pages.letGo('caller');
    expect(faults).toEqual([]);
  });

  it('that nobody answers leaves nothing behind', async () => {
    for (const [said, kind] of [
      ['unanswered', 'noAnswer'],
      ['declined', 'declined'],
      ['busy', 'busy'],
      ['removed', 'removed'],
    ] as const) {
      await pages.page('caller').reload();
      pages.call.reset();
      await pages.start({ video: true });
      await pages.rings();
      await pages.shows('caller', { phase: { kind: 'ringing' } });
      pages.call.finish('caller', { kind: said });
      await pages.ends('caller', kind);
      await pages.letGo('caller');
    }
    expect(pages.call.ends).toEqual([]);
  });

  it('that was hung up at once is told to nobody, or taken back', async () => {
    await pages.page('caller').evaluate(() => {
      follow(calls.start('00'.repeat(16) as never, { video: true }));
      session.end();
    });
    await pages.ends('caller', 'hungUp');
    await pages.letGo('caller');
    await expect.poll(() => pages.call.isRinging && pages.call.ends.length === 0, poll).toBe(false);
  });

  it('that another page of the device has taken goes on there', async () => {
    await pages.connect(voice);
    const taken = pages.page('answerer');
    await pages.openPage('answerer');
    await pages.rejoin('answerer', voice);
    for (const side of sides) await pages.shows(side, { phase: { kind: 'connected' } });
    await pages.hears('answerer');
    await expect
      .poll(() => taken.evaluate(() => session.state.phase), poll)
      .toEqual({ kind: 'ended', ending: { kind: 'movedElsewhere' } });
    expect(pages.call.ends).toEqual([]);
  });
});

describe('a shared screen', () => {
  it('goes by VP8 where one side has no VP9', async () => {
    await pages.page('answerer').evaluate(() => {
      for (const end of [RTCRtpSender, RTCRtpReceiver]) {
        const { getCapabilities } = end;
        end.getCapabilities = (kind) => {
          const all = getCapabilities.call(end, kind);
          return all && { ...all, codecs: all.codecs.filter(({ mimeType }) => mimeType !== 'video/VP9') };
        };
      }
    });
    await pages.connect({ video: false });
    for (const side of sides) await pages.page(side).evaluate(() => session.shareScreen());
    for (const side of sides) {
      await pages.sees(side, 'screen');
      await pages.sharesIn(side, 'VP8');
    }
  });

  it('goes by VP9 also where browsers name no codec, and one no payload type either', async () => {
    let changedScripts = 0;
    for (const [side, members] of [
      ['caller', ['mimeType']],
      ['answerer', ['mimeType', 'payloadType']],
    ] as const) {
      const script = `{
        const { prototype } = RTCEncodedVideoFrame;
        const { getMetadata } = prototype;
        prototype.getMetadata = function () {
          const metadata = getMetadata.call(this);
          for (const member of ${JSON.stringify(members)}) delete metadata[member];
          return metadata;
        };
      }\n`;
      await pages.page(side).route('**/worker*.js', async (route) => {
        const response = await route.fetch();
        changedScripts++;
        await route.fulfill({ response, body: script + (await response.text()) });
      });
    }
    await pages.connect({ video: true });
    for (const side of sides) await pages.page(side).evaluate(() => session.shareScreen());
    for (const side of sides) {
      await pages.sees(side, 'screen');
      await pages.sees(side, 'camera');
      await pages.sharesIn(side, 'VP9');
    }
    expect(changedScripts).toBe(2);
  });
});
