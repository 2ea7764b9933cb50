import { afterEach, describe, expect, it, vi } from 'vitest';
import { RTCRtpSender } from 'werift';
import { chromiumOffer } from '../../calls/descriptionSamples.ts';
import {
  createMediaPeer,
  type FrameUse,
  type MediaKind,
  type MediaPeer,
  type MediaPeerOptions,
} from './mediaPeer.ts';

const peers: MediaPeer[] = [];
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
});

interface Side {
  readonly peer: MediaPeer;
  /** What is said of each frame that comes. */
  use: FrameUse;
  readonly received: Record<MediaKind, Uint8Array[]>;
  readonly pictureRequests: number;
}

async function side({
  seal = (_, frame) => frame,
  isRelayOnly = false,
}: Partial<MediaPeerOptions> = {}): Promise<Side> {
  const received: Side['received'] = { audio: [], video: [] };
  let pictureRequests = 0;
  const peer = await createMediaPeer({
    servers: [],
    isRelayOnly,
    seal,
    open: (kind, frame) => {
      received[kind].push(Uint8Array.from(frame));
      return made.use;
    },
    onState: () => {},
    onPictureRequest: () => {
      pictureRequests++;
    },
  });
  const made: Side = {
    peer,
    use: 'whole',
    received,
    get pictureRequests() {
      return pictureRequests;
    },
  };
  peers.push(made.peer);
  return made;
}

async function connect(caller: Side, answerer: Side): Promise<void> {
  const answer = await answerer.peer.acceptOffer((await caller.peer.createOffer()) ?? '');
  expect(await caller.peer.acceptAnswer(answer ?? '')).toBe(true);
  for (const { peer } of [caller, answerer])
    await expect.poll(() => peer.state, { timeout: 30_000 }).toBe('connected');
}

/** Sends again and again until it arrived: what is sent at once after connecting may be too early for the other side. */
async function arrives(from: Side, to: Side, kind: MediaKind, frame: Uint8Array): Promise<void> {
  let timestampMs = 0;
  const come = () => {
    timestampMs += 20;
    from.peer.send(kind, frame, timestampMs);
    return to.received[kind].some((one) => Buffer.compare(one, frame) === 0);
  };
  await expect.poll(come, { timeout: 30_000, interval: 20 }).toBe(true);
}

const sound = Uint8Array.of(0x78, 1, 2, 3);
const picture = (size: number) => new Uint8Array(size).fill(7);

describe('two peers in Node', () => {
  it('bring sound and pictures of many packets to each other', async () => {
    const [caller, answerer] = [await side(), await side()];
    await connect(caller, answerer);
    for (const [from, to] of [
      [caller, answerer],
      [answerer, caller],
    ] as const) {
      await arrives(from, to, 'audio', sound);
      await arrives(from, to, 'video', picture(20_000));
    }
  });

  it('send nothing that was not sealed', async () => {
    const [caller, answerer] = [
      await side({ seal: (kind, frame) => (kind === 'audio' ? null : frame) }),
      await side(),
    ];
    await connect(caller, answerer);
    for (let timestampMs = 0; timestampMs < 200; timestampMs += 20)
      caller.peer.send('audio', sound, timestampMs);
    await arrives(caller, answerer, 'video', picture(100));
    expect(answerer.received.audio).toEqual([]);
  });

  it('ask for a whole picture until one came that opened', async () => {
    const [caller, answerer] = [await side(), await side()];
    await connect(caller, answerer);
    let size = 1000;
    const another = () => arrives(caller, answerer, 'video', picture(++size));
    for (const use of ['dropped', 'opened'] as const) {
      answerer.use = use;
      const { pictureRequests } = caller;
      const asked = () => another().then(() => caller.pictureRequests - pictureRequests);
      // And again, while none comes.
      await expect.poll(asked, { timeout: 60_000 }).toBeGreaterThan(1);
    }
    answerer.use = 'whole';
    await another();
    answerer.use = 'opened';
    // What was asked before has come once this has.
    await arrives(answerer, caller, 'audio', sound);
    const { pictureRequests } = caller;
    for (let count = 0; count < 50; count++) await another();
    await arrives(answerer, caller, 'audio', picture(50));
    expect(caller.pictureRequests).toBe(pictureRequests);
  });

  it('keep nothing of what they sent', async () => {
    const estimator = Object.getPrototypeOf(new RTCRtpSender('audio').senderBWE);
    const kept = vi.spyOn(estimator, 'rtpPacketSent');
    const [caller, answerer] = [await side(), await side()];
    await connect(caller, answerer);
    await arrives(caller, answerer, 'audio', sound);
    await arrives(answerer, caller, 'video', picture(20_000));
    expect(kept).not.toHaveBeenCalled();
    kept.mockRestore();
  });

  it('go on after ICE was restarted', async () => {
    const [caller, answerer] = [await side(), await side()];
    await connect(caller, answerer);
    const offer = await caller.peer.createOffer({ iceRestart: true });
    expect(await caller.peer.acceptAnswer((await answerer.peer.acceptOffer(offer ?? '')) ?? '')).toBe(true);
    caller.received.audio.length = 0;
    await arrives(caller, answerer, 'audio', sound);
    await arrives(answerer, caller, 'audio', sound);
  });

  it('do not connect where the fingerprint is of somebody else', async () => {
    const [caller, answerer] = [await side(), await side()];
    const answer = (await answerer.peer.acceptOffer((await caller.peer.createOffer()) ?? '')) ?? '';
    const forged = answer.replaceAll(
      /(a=fingerprint:sha-256 )(..)/g,
      (_, start, first) => `${start}${first === '00' ? '01' : '00'}`,
    );
    expect(forged).not.toBe(answer);
    await caller.peer.acceptAnswer(forged);
    await expect.poll(() => caller.peer.state, { timeout: 30_000 }).toBe('failed');
    answerer.peer.send('audio', sound, 0);
    expect(caller.received.audio).toEqual([]);
  });

  it('tell no address of their machine where calls are relayed only', async () => {
    const hidden = await side({ isRelayOnly: true });
    const offer = (await hidden.peer.createOffer()) ?? '';
    expect(offer).toContain('m=audio');
    const open = (await (await side()).peer.createOffer()) ?? '';
    expect(open).toMatch(/^a=candidate:.* typ host/m);
    const answer = await (await side({ isRelayOnly: true })).peer.acceptOffer(open);
    for (const told of [offer, answer]) {
      expect(told).not.toMatch(/^a=candidate:|raddr/m);
      expect(told?.match(/\bIP[46] .+$/gm)?.every((text) => text.trim() === 'IP4 0.0.0.0')).toBe(true);
    }
  });

  it('take VP8 where VP9 is offered before it', async () => {
    const offer = `${chromiumOffer().join('\r\n')}\r\n`;
    expect(offer).toMatch(/SAVPF 98 99 96 97/);
    const answer = await (await side()).peer.acceptOffer(offer);
    const pictures = 'm=video 9 UDP/TLS/RTP/SAVPF 96 97';
    expect(answer?.match(/^m=video.*(?=\r)/gm)).toEqual([pictures, pictures]);
  });

  it('refuse descriptions that are none, too large, or come when none is waited for', async () => {
    const { peer } = await side();
    expect(await peer.acceptOffer('v=0\r\n')).toBeNull();
    expect(await peer.acceptOffer('a'.repeat(2_000_000))).toBeNull();
    const offer = await peer.createOffer();
    expect(await peer.acceptAnswer('')).toBe(false);
    const other = await side();
    const answer = (await other.peer.acceptOffer(offer ?? '')) ?? '';
    expect(await peer.acceptAnswer(answer)).toBe(true);
    expect(await peer.acceptAnswer(answer)).toBe(false);
    await peer.addCandidate({
      candidate: 'candidate:1 1 udp 1 127.0.0.1 9000 typ host',
      sdpMid: '0',
      sdpMLineIndex: 0,
    });
    await peer.addCandidate({ candidate: 'nonsense', sdpMid: null, sdpMLineIndex: null });
  });
});
