import { SeatSource, SeatWatchPhase } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { encodeNack, encodePictureLoss } from '../rtp/rtcp.ts';
import { RtpPacket } from '../rtp/rtpPacket.ts';
import { rembPacket, rtpPacket, vp8Payload } from '../testing/rtpPackets.ts';
import { TestCamera, TestReceiver } from '../testing/testCamera.ts';
import { extensions, sendLines, type TestPage, TestRooms } from '../testing/testRooms.ts';

const { CAMERA, SCREEN } = SeatSource;

function read(bytes: Buffer): RtpPacket {
  const packet = new RtpPacket();
  expect(packet.read(bytes)).toBe(true);
  return packet;
}

/** Not random: the same each time. */
function losing(part: number): () => boolean {
  let state = 12_345;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32 < part;
  };
}

const requestsOf = (page: TestPage) => {
  let requests = 0;
  for (const packet of page.rtcp) if (packet[1] === 206 && (packet[0]! & 31) === 1) requests += 1;
  return requests;
};

describe('pictures', () => {
  it('go up to the layer that is wanted, each change at a key frame and without a gap', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    const camera = new TestCamera(ann);
    const receiver = new TestReceiver(bob);
    bob.watch({ p0: { of: ann, source: CAMERA, maxLayer: 0 } });
    rooms.run(1500, [camera, receiver]);
    expect(receiver.shown.map(({ layer }) => layer)).toEqual(receiver.shown.map(() => 0));
    expect(bob.event?.watches).toMatchObject([{ phase: SeatWatchPhase.ACTIVE, layer: 0 }]);
    bob.watch({ p0: { of: ann, source: CAMERA, maxLayer: 2 } });
    rooms.run(1500, [camera, receiver]);
    bob.watch({ p0: { of: ann, source: CAMERA, maxLayer: 1 } });
    rooms.run(1500, [camera, receiver]);
    const layers = receiver.shown.map(({ layer }) => layer);
    expect(layers.filter((layer, i) => layer !== layers[i - 1])).toEqual([0, 2, 1]);
    expect(receiver.asks).toBe(0);
    expect(layers.length).toBeGreaterThan(100);
    for (const [i, { picture, tl0, timestamp }] of receiver.shown.entries()) {
      const before = receiver.shown[i - 1];
      if (before === undefined) continue;
      expect((picture - before.picture) & 0x7fff).toBe(1);
      expect((tl0 - before.tl0) & 0xff).toBe(1);
      // 40 ms, about.
      expect((timestamp - before.timestamp) >>> 0).toBeGreaterThan(0);
      expect((timestamp - before.timestamp) >>> 0).toBeLessThan(20_000);
    }
  });

  it('that nobody watches are not sent on, and their sender is told which are watched', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    const camera = new TestCamera(ann);
    rooms.run(1000, [camera]);
    expect(rooms.host.counters.sentPackets).toBe(0);
    expect(ann.event?.wanted).toMatchObject([
      { source: CAMERA, layers: 0 },
      { source: SCREEN, layers: 0 },
    ]);
    bob.watch({ p0: { of: ann, source: CAMERA, maxLayer: 0 } });
    rooms.run(1000, [camera]);
    expect(ann.event?.wanted).toMatchObject([{ layers: 1 }, { layers: 0 }]);
    bob.watch({ p0: { of: ann, source: CAMERA, maxLayer: 1 } });
    rooms.run(1000, [camera]);
    expect(ann.event?.wanted).toMatchObject([{ layers: 3 }, { layers: 0 }]);
    bob.watch({});
    const before = rooms.host.counters.sentPackets;
    rooms.run(4000, [camera]);
    expect(rooms.host.counters.sentPackets).toBe(before);
    expect(ann.event?.wanted).toMatchObject([{ layers: 0 }, { layers: 0 }]);
  });

  it('of a camera that was not watched come at once: it is told soon, and its first key frame is shown', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    const camera = new TestCamera(ann);
    const receiver = new TestReceiver(bob);
    rooms.run(1000, []);
    bob.watch({ p0: { of: ann, source: CAMERA, maxLayer: 1 } });
    rooms.run(80, []);
    expect(ann.event?.wanted[0]).toMatchObject({ source: CAMERA, layers: 3 });
    rooms.run(80, [camera, receiver]);
    expect(receiver.shown[0]).toMatchObject({ layer: 0 });
    rooms.run(1000, [camera, receiver]);
    expect(receiver.shown.at(-1)).toMatchObject({ layer: 1 });
    expect(camera.layers[0]!.keyFrames).toBe(1);
  });

  it('fall to the layer below when the sender stops one', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    const camera = new TestCamera(ann);
    const receiver = new TestReceiver(bob);
    bob.watch({ p0: { of: ann, source: CAMERA, maxLayer: 2 } });
    rooms.run(2000, [camera, receiver]);
    expect(receiver.shown.at(-1)!.layer).toBe(2);
    camera.layers[2]!.isActive = false;
    rooms.run(1500, [camera, receiver]);
    expect(receiver.shown.at(-1)!.layer).toBe(1);
    camera.layers[2]!.isActive = true;
    rooms.run(1500, [camera, receiver]);
    expect(receiver.shown.at(-1)!.layer).toBe(2);
  });

  it('go on when their sender takes another SSRC', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    const camera = new TestCamera(ann);
    const receiver = new TestReceiver(bob);
    bob.watch({ p0: { of: ann, source: CAMERA, maxLayer: 0 } });
    rooms.run(1000, [camera, receiver]);
    const before = receiver.shown.length;
    const layer = camera.layers[0]!;
    layer.ssrc += 500;
    layer.sequence = 9;
    rooms.run(1000, [camera, receiver]);
    expect(layer.keyFrames).toBeLessThan(5);
    expect(receiver.shown.length - before).toBeGreaterThan(20);
    expect(receiver.asks).toBe(0);
  });

  it('go to one who comes late, within a second', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    const camera = new TestCamera(ann);
    bob.watch({ p0: { of: ann, source: CAMERA, maxLayer: 2 } });
    rooms.run(5000, [camera]);
    const cat = rooms.page();
    const receiver = new TestReceiver(cat);
    cat.watch({ p0: { of: ann, source: CAMERA, maxLayer: 0 } });
    rooms.run(1000, [camera, receiver]);
    expect(receiver.shown.length).toBeGreaterThan(15);
  });

  it('are whole at 10 % loss both ways', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    const camera = new TestCamera(ann);
    const receiver = new TestReceiver(bob);
    camera.loses = losing(0.1);
    receiver.loses = losing(0.1);
    bob.watch({ p0: { of: ann, source: CAMERA, maxLayer: 2 } });
    rooms.run(10_000, [camera, receiver]);
    expect(camera.resent).toBeGreaterThan(50);
    expect(receiver.resent).toBeGreaterThan(50);
    // Of 250 frames that were made.
    expect(receiver.shown.length).toBeGreaterThan(230);
    expect(receiver.asks).toBeLessThan(3);
  });

  it('of a screen where nothing moves come when they are asked for', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    const screen = (sequence: number, isKey: boolean) =>
      rtpPacket({
        ssrc: 77,
        sequence,
        extensions: [[extensions.mid, Buffer.from('2')]],
        payload: vp8Payload({ picture: sequence, tl0: 0, isKey, frame: Buffer.from('screen') }),
      });
    ann.sendRtp(screen(1, true));
    rooms.pass(20_000);
    bob.watch({ p0: { of: ann, source: SCREEN } });
    rooms.pass(200);
    expect(requestsOf(ann)).toBe(1);
    ann.sendRtp(screen(2, true));
    expect(bob.rtp).toHaveLength(1);
  });

  it('and sound go on for the others when ten leave at once', () => {
    const rooms = new TestRooms();
    const pages = Array.from({ length: 12 }, () => rooms.page({ pictures: 12 }));
    const [ann, bob, ...leaving] = pages as [TestPage, TestPage, ...TestPage[]];
    const cameras = pages.map((page) => new TestCamera(page));
    const watches = pages.map((of, i) => [`p${i}`, { of, source: CAMERA, maxLayer: 0 }] as const);
    for (const page of pages) page.watch(Object.fromEntries(watches));
    for (const page of pages) page.sendRtcp(rembPacket(10_000_000));
    const receiver = new TestReceiver(bob, 'p0');
    rooms.run(2000, [...cameras, receiver]);
    expect(bob.event?.watches.every(({ phase }) => phase === SeatWatchPhase.ACTIVE)).toBe(true);
    for (const { joinId } of leaving) rooms.host.closeSeat({ roomId: 'room-1', joinId });
    const before = receiver.shown.length;
    rooms.run(2000, [cameras[0]!, cameras[1]!, receiver]);
    expect(receiver.shown.length - before).toBeGreaterThan(40);
    expect(receiver.asks).toBe(0);
    expect(rooms.host.counters).toMatchObject({ seats: 2, rooms: 1 });
    expect(bob.event?.watches.map(({ phase }) => phase).slice(0, 3)).toEqual([
      SeatWatchPhase.ACTIVE,
      SeatWatchPhase.ACTIVE,
      SeatWatchPhase.WAITING,
    ]);
    expect(
      bob.event?.sources.every(({ joinId }) =>
        [ann, bob].some((page) => page.joinId === Buffer.from(joinId).toString('hex')),
      ),
    ).toBe(true);
  });
});

describe('requests for key frames', () => {
  const watching = (listeners: number) => {
    const rooms = new TestRooms();
    const ann = rooms.page({
      connect: { sends: [...sendLines.slice(0, 1), { mid: '1', source: CAMERA, ssrc: 50, rtxSsrc: 51 }] },
    });
    const others = Array.from({ length: listeners }, () => rooms.page());
    for (const page of others) page.watch({ p0: { of: ann, source: CAMERA } });
    let sequence = 0;
    const picture = (isKey = false) => {
      sequence += 1;
      const payload = vp8Payload({ picture: sequence, tl0: sequence, isKey, frame: Buffer.alloc(50) });
      ann.sendRtp(rtpPacket({ ssrc: 50, sequence, payload, hasMarker: true }));
    };
    const ask = (page: TestPage) => page.sendRtcp(encodePictureLoss(9, page.ssrcs.get('p0')!.ssrc));
    picture(true);
    rooms.pass(500);
    picture(true);
    rooms.pass(1000, () => picture());
    ann.rtcp.length = 0;
    return { rooms, ann, others, picture, ask };
  };

  it('of many receivers are one', () => {
    const { rooms, ann, others, picture, ask } = watching(20);
    for (const page of others) ask(page);
    rooms.pass(20);
    for (const page of others) ask(page);
    rooms.pass(200);
    expect(requestsOf(ann)).toBe(1);
    picture(true);
    rooms.pass(1000);
    expect(requestsOf(ann)).toBe(1);
  });

  it('of one who cannot open frames get rarer, and again frequent after quiet', () => {
    const { rooms, ann, others, picture, ask } = watching(1);
    const askForLong = (ms: number) =>
      rooms.pass(ms, (nowMs) => {
        if (nowMs % 200 === 0) ask(others[0]!);
        if (nowMs % 1000 === 0) picture(true);
      });
    askForLong(60_000);
    const first = requestsOf(ann);
    expect(first).toBeGreaterThan(5);
    expect(first).toBeLessThan(14);
    rooms.pass(5000, () => picture());
    ask(others[0]!);
    rooms.pass(50);
    expect(requestsOf(ann)).toBe(first + 1);
  });
});

describe('what is asked for again', () => {
  it('comes within a budget, and not what was never sent', () => {
    const rooms = new TestRooms({ resentBytesPerSeat: { burst: 20_000, perSecond: 1000 } });
    const [ann, bob] = [rooms.page(), rooms.page()];
    const camera = new TestCamera(ann, { rids: ['q'] });
    ann.connect();
    bob.watch({ p0: { of: ann, source: CAMERA } });
    rooms.run(2000, [camera]);
    const { ssrc } = bob.ssrcs.get('p0')!;
    const sent = bob.rtp.map(read).filter((packet) => packet.ssrc === ssrc);
    const sequences = sent.map(({ sequence }) => sequence);
    expect(sequences.length).toBeGreaterThan(40);
    const never = Array.from({ length: 100 }, (_, i) => (sequences.at(-1)! + 1 + i) & 0xffff);
    bob.sendRtcp(encodeNack(9, ssrc, never));
    bob.sendRtcp(encodeNack(9, 12_345, sequences));
    expect(rooms.host.counters.resentPackets).toBe(0);
    bob.sendRtcp(encodeNack(9, ssrc, sequences));
    const { resentPackets } = rooms.host.counters;
    expect(resentPackets).toBeGreaterThan(15);
    expect(resentPackets).toBeLessThan(26);
    bob.sendRtcp(encodeNack(9, ssrc, sequences));
    expect(rooms.host.counters.resentPackets - resentPackets).toBeLessThan(2);
  });
});

describe('padding of senders', () => {
  it('leaves no gap in what receivers get', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    const camera = new TestCamera(ann);
    const receiver = new TestReceiver(bob);
    bob.watch({ p0: { of: ann, source: CAMERA, maxLayer: 0 } });
    rooms.run(500, [camera, receiver]);
    const layer = camera.layers[0]!;
    ann.sendRtp(
      rtpPacket({
        ssrc: layer.rtxSsrc,
        sequence: 9,
        payloadType: 97,
        paddingBytes: 200,
        extensions: [
          [extensions.mid, Buffer.from('1')],
          [extensions.repairedRid, Buffer.from('q')],
        ],
      }),
    );
    rooms.run(500, [camera, receiver]);
    expect(receiver.asks).toBe(0);
    expect(receiver.shown.length).toBeGreaterThan(20);
    expect(rooms.host.counters.droppedMalformed).toBe(0);
  });
});
