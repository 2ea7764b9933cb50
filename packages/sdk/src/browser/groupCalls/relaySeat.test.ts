import { SeatRefusal } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eachSlot } from '../callMedia/slots.ts';
import type { ReceivingLine } from './relayLines.ts';
import type { Negotiated, RelayLink, RelayLinkEvents, RelayLinkOptions } from './relayLink.ts';
import { createRelaySeat } from './relaySeat.ts';

const makeLink = vi.hoisted(() => vi.fn<(options: RelayLinkOptions, events: RelayLinkEvents) => RelayLink>());
vi.mock('./relayLink.ts', () => ({ createRelayLink: makeLink }));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const answerMs = 10;
const ok: Negotiated = { kind: 'ok' };
const unreached: Negotiated = { kind: 'unreached' };
const full: Negotiated = { kind: 'refused', reason: SeatRefusal.FULL };
const track = (): MediaStreamTrack => ({}) as MediaStreamTrack;

/** A seat over connections that are none: what the relay says of each negotiation is `answer`'s word. */
function open(answer: (asked: { readonly sends: boolean; readonly count: number }) => Negotiated) {
  const asked: boolean[] = [];
  makeLink.mockImplementation((options, { stateChanged, linesReady }) => {
    const receiving: ReceivingLine[] = [];
    const known = new Set<ReceivingLine>();
    let own: RelayLink['own'] = options.sends ? lines() : null;
    let state: RelayLink['state'] = 'connecting';
    const negotiate = async (): Promise<Negotiated> => {
      const count = asked.push(own !== null);
      await new Promise((resolve) => setTimeout(resolve, answerMs));
      const result = answer({ sends: own !== null, count });
      if (result.kind !== 'ok') return result;
      for (const line of receiving) known.add(line);
      if (state !== 'connected') {
        state = 'connected';
        stateChanged(state);
      }
      linesReady();
      return result;
    };
    return {
      get state() {
        return state;
      },
      get receiving() {
        return receiving.filter((line) => known.has(line));
      },
      get own() {
        return own;
      },
      get counts() {
        const pictures = receiving.filter(({ isVideo }) => isVideo).length;
        return { sounds: receiving.length - pictures, pictures };
      },
      negotiate,
      addReceiving({ sounds, pictures }) {
        const line = (isVideo: boolean): ReceivingLine => ({
          isVideo,
          transceiver: { mid: String(receiving.length), receiver: { track: track() } } as RTCRtpTransceiver,
          transformId: receiving.length,
        });
        for (let count = 0; count < sounds; count++) receiving.push(line(false));
        for (let count = 0; count < pictures; count++) receiving.push(line(true));
      },
      async addOwn() {
        own = lines();
        const result = await negotiate();
        if (result.kind !== 'ok') own = null;
        return result;
      },
      watch: async () => ok,
      send: () => {},
      limit: () => {},
      statistics: async () => new Map() as RTCStatsReport,
      close: () => {},
    };
  });
  const tracks = eachSlot<MediaStreamTrack | null>(() => null);
  const gaveUp = vi.fn();
  const seat = createRelaySeat(
    {
      certificate: {} as RTCCertificate,
      frames: { secure: async () => 0, expect: () => {}, counts: async () => [] },
      ask: async () => null,
    },
    { linkChanged: () => {}, changed: bring, gaveUp, insecure: () => {}, unsupported: () => {} },
  );
  /** As a session does whenever anything has changed. */
  function bring(): void {
    for (const slot of ['microphone', 'camera', 'screen', 'screenSound'] as const)
      seat.send(slot, tracks[slot]);
  }
  const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(100);
  return { seat, asked, tracks, bring, gaveUp, settled };
}

const lines = (): RelayLink['own'] =>
  eachSlot((slot) => ({
    slot,
    transceiver: { mid: slot, sender: {} } as RTCRtpTransceiver,
    line: null as never,
  }));

describe('a seat at a relay that takes nobody more who sends', () => {
  it('asks again when something is turned on, once', async () => {
    let isFull = true;
    const { seat, asked, tracks, bring, settled } = open(({ sends }) => (sends && isFull ? full : ok));
    const [microphone, camera] = [track(), track()];
    tracks.microphone = microphone;
    tracks.camera = camera;
    bring();
    seat.connect();
    await settled();
    expect(asked).toEqual([true, false]);
    expect(seat.isSendingRefused).toBe(true);
    for (let times = 0; times < 5; times++) {
      bring();
      await settled();
    }
    expect(asked).toEqual([true, false]);

    // Two at once are one question.
    tracks.microphone = null;
    tracks.camera = null;
    bring();
    tracks.microphone = microphone;
    tracks.camera = camera;
    bring();
    await settled();
    expect(asked).toEqual([true, false, true]);
    expect(seat.isSendingRefused).toBe(true);

    isFull = false;
    tracks.microphone = null;
    bring();
    await settled();
    expect(asked).toHaveLength(3);
    tracks.microphone = microphone;
    bring();
    await settled();
    expect(asked).toEqual([true, false, true, true]);
    expect(seat.isSendingRefused).toBe(false);
    seat.close();
  });
});

describe('a seat that is connected', () => {
  it('stays where one request for more slots was not answered', async () => {
    const { seat, asked, gaveUp, settled } = open(({ count }) => (count === 2 ? unreached : ok));
    seat.connect();
    await settled();
    const people = Array.from({ length: 10 }, (_, at) => ({
      joinId: String(at).padStart(16, '0'),
      ordinal: at,
      isMuted: true,
      hasCamera: true,
      isSharing: false,
      isAudience: false,
      hasKeys: true,
    }));
    seat.show(people.map(({ joinId }) => ({ joinId, source: 'camera', widthPx: 100 })));
    seat.setPeople(people);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(asked).toHaveLength(3);
    expect(seat.received.filter(({ source }) => source === 'camera')).toHaveLength(10);
    expect(gaveUp).not.toHaveBeenCalled();
    seat.close();
  });
});
