/** A page of Chromium that sends a picture to the media port and sees it come back, by descriptions that are written by hand. */
import { randomBytes } from 'node:crypto';
import { launchChromium } from '@sotto/testkit/chromium';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NetworkPath, PacketReceiver } from '../net/packetReceiver.ts';
import { type Relay, startRelay } from '../net/relay.ts';
import type { LocalMedia, MediaHandler, MediaTransport } from './mediaTransport.ts';

type Browser = Awaited<ReturnType<typeof launchChromium>>;
type Page = Awaited<ReturnType<Browser['newPage']>>;

const waiting = { timeout: 60_000 };
/** Of what comes back to the page. */
const echoSsrc = 0xec0e0001;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** Before the relay: a network on which nothing comes by UDP any more. */
class Firewall implements PacketReceiver {
  blocksUdp = false;
  readonly #relay: PacketReceiver;

  constructor(relay: PacketReceiver) {
    this.#relay = relay;
  }

  receive(path: NetworkPath, bytes: Buffer): void {
    if (!this.blocksUdp || 'isFramed' in path) this.#relay.receive(path, bytes);
  }

  disconnected(path: NetworkPath): void {
    this.#relay.disconnected(path);
  }
}

async function start(): Promise<{ relay: Relay; firewall: Firewall }> {
  let firewall: Firewall | undefined;
  const outcome = await startRelay({
    secret: 'secret',
    nonceKey: randomBytes(32),
    addresses: ['0.0.0.0'],
    port: 0,
    between: (relay) => {
      firewall = new Firewall(relay);
      return firewall;
    },
  });
  if (outcome.kind === 'refused') throw new Error(outcome.code);
  ending.push(() => outcome.relay.stop());
  return { relay: outcome.relay, firewall: firewall! };
}

/** What the page says of itself, out of its own description. */
interface Offer {
  readonly ufrag: string;
  readonly pwd: string;
  /** In hexadecimal. */
  readonly fingerprint: string;
  readonly ssrc: number;
  readonly payloadType: number;
}

/** Sends the picture back under another SSRC, and asks for a whole one where the page does. */
class Echo implements MediaHandler {
  transport: MediaTransport | null = null;
  readonly happened: string[] = [];
  reports = 0;
  readonly #offer: Offer;

  constructor(offer: Offer) {
    this.#offer = offer;
  }

  onConnected(): void {
    this.happened.push('connected');
  }

  onRtp(packet: Buffer): void {
    if (packet.readUInt32BE(8) !== this.#offer.ssrc || (packet[1]! & 0x7f) !== this.#offer.payloadType)
      return;
    packet.writeUInt32BE(echoSsrc, 8);
    this.transport?.sendRtp(packet);
  }

  onRtcp(packet: Buffer): void {
    this.reports += 1;
    for (let at = 0; at + 8 <= packet.length; at += 4 + packet.readUInt16BE(at + 2) * 4) {
      if (packet[at + 1] !== 206) continue;
      const loss = Buffer.from('81ce00020000000100000000', 'hex');
      loss.writeUInt32BE(this.#offer.ssrc, 8);
      this.transport?.sendRtcp(loss);
    }
  }

  onClosed(reason: string): void {
    this.happened.push(reason);
  }
}

interface EchoPage {
  connection: RTCPeerConnection;
}

declare global {
  interface Window {
    echoPage: EchoPage;
  }
}

async function openPage(): Promise<Page> {
  const page = await browser.newPage();
  ending.push(() => page.close());
  await page.evaluate(() => {
    const connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 240;
    const drawing = canvas.getContext('2d')!;
    let turn = 0;
    setInterval(() => {
      turn += 20;
      drawing.fillStyle = `hsl(${turn % 360} 80% 50%)`;
      drawing.fillRect(0, 0, 320, 240);
      drawing.fillStyle = 'black';
      drawing.fillRect(turn % 300, 100, 20, 20);
    }, 60);
    connection.addTransceiver(canvas.captureStream(15).getVideoTracks()[0]!, { direction: 'sendonly' });
    connection.addTransceiver('video', { direction: 'recvonly' });
    connection.addEventListener('track', ({ track }) => {
      const video = document.createElement('video');
      video.muted = true;
      video.srcObject = new MediaStream([track]);
      document.body.append(video);
      void video.play();
    });
    window.echoPage = { connection };
  });
  return page;
}

/** Makes an offer, and takes the relay's place in answering it. */
async function offer(page: Page, iceRestart = false): Promise<Offer> {
  const sdp = await page.evaluate(async (restart) => {
    const { connection } = window.echoPage;
    await connection.setLocalDescription(await connection.createOffer({ iceRestart: restart }));
    return connection.localDescription!.sdp;
  }, iceRestart);
  const found = (pattern: RegExp) => pattern.exec(sdp)![1]!;
  return {
    ufrag: found(/a=ice-ufrag:(\S+)/),
    pwd: found(/a=ice-pwd:(\S+)/),
    fingerprint: found(/a=fingerprint:sha-256 (\S+)/).replaceAll(':', ''),
    ssrc: Number(found(/a=ssrc:(\d+) /)),
    payloadType: Number(found(/a=rtpmap:(\d+) VP8\/90000/)),
  };
}

async function answer(page: Page, local: LocalMedia, payloadType: number): Promise<void> {
  const fingerprint = Buffer.from(local.fingerprint).toString('hex').toUpperCase().match(/../g)!.join(':');
  const candidates = local.candidates.map(({ address, port, isTcp }, i) =>
    isTcp
      ? `a=candidate:${i} 1 tcp ${1_671_430_143 - i} ${address} ${port} typ host tcptype passive`
      : `a=candidate:${i} 1 udp ${2_130_706_431 - i} ${address} ${port} typ host`,
  );
  const media = (mid: number, ...more: readonly string[]) => [
    `m=video 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=ice-ufrag:${local.ufrag}`,
    `a=ice-pwd:${local.pwd}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:passive',
    'a=rtcp-mux',
    `a=rtpmap:${payloadType} VP8/90000`,
    `a=rtcp-fb:${payloadType} nack pli`,
    ...more,
    ...candidates,
  ];
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=ice-lite',
    'a=group:BUNDLE 0 1',
    'a=msid-semantic: WMS *',
    ...media(0, 'a=recvonly'),
    ...media(1, 'a=sendonly', 'a=msid:echo echo', `a=ssrc:${echoSsrc} cname:echo`),
  ];
  const sdp = `${lines.join('\r\n')}\r\n`;
  await page.evaluate(
    (text) => window.echoPage.connection.setRemoteDescription({ type: 'answer', sdp: text }),
    sdp,
  );
}

/** Pictures that came back, and by what. */
function seen(page: Page): Promise<{ frames: number; protocol: string }> {
  return page.evaluate(async () => {
    const stats = [...(await window.echoPage.connection.getStats()).values()];
    const inbound = stats.find(({ type }) => type === 'inbound-rtp');
    const transport = stats.find(({ type }) => type === 'transport');
    const pair = stats.find(({ id }) => id === transport?.selectedCandidatePairId);
    const local = stats.find(({ id }) => id === pair?.localCandidateId);
    return { frames: inbound?.framesDecoded ?? 0, protocol: local?.protocol ?? '' };
  });
}

async function untilSeen(page: Page, protocol: string): Promise<void> {
  const before = (await seen(page)).frames;
  await expect
    .poll(async () => {
      const now = await seen(page);
      return now.protocol === protocol && now.frames > before + 5;
    }, waiting)
    .toBe(true);
}

async function connect(relay: Relay, isTcp: boolean | null = null) {
  const page = await openPage();
  const theirs = await offer(page);
  const echo = new Echo(theirs);
  const { ufrag, pwd } = theirs;
  const remote = { ufrag, pwd, fingerprint: Buffer.from(theirs.fingerprint, 'hex') };
  const transport = relay.media.open({ remote, handler: echo });
  echo.transport = transport;
  const { candidates } = transport.local;
  const usable = candidates.filter((candidate) => isTcp === null || candidate.isTcp === isTcp);
  await answer(page, { ...transport.local, candidates: usable }, theirs.payloadType);
  const restart = async () => {
    const again = await offer(page, true);
    await answer(page, { ...transport.restart(again), candidates: usable }, theirs.payloadType);
  };
  return { page, echo, transport, restart };
}

describe('Chromium at the media port', () => {
  it('gets its picture back by UDP, through a restart of ICE, and hears when it is over', async () => {
    const { relay } = await start();
    const { page, echo, transport, restart } = await connect(relay, false);
    await untilSeen(page, 'udp');
    const before = transport.local.ufrag;
    await restart();
    expect(transport.local.ufrag).not.toBe(before);
    await untilSeen(page, 'udp');
    expect(echo.happened).toEqual(['connected']);
    await expect.poll(() => echo.reports, waiting).toBeGreaterThan(0);
    expect(relay.mediaCounters).toMatchObject({ connectedSeats: 1, handshakes: 1, failedHandshakes: 0 });
    transport.close();
    const state = () => page.evaluate(() => window.echoPage.connection.getSenders()[0]!.transport!.state);
    await expect.poll(state, waiting).toBe('closed');
  });

  it('goes on by TCP when UDP is blocked in the middle', async () => {
    const { relay, firewall } = await start();
    const { page, echo, restart } = await connect(relay);
    await untilSeen(page, 'udp');
    firewall.blocksUdp = true;
    const isLost = async () => {
      const { protocol } = await seen(page);
      const state = await page.evaluate(() => window.echoPage.connection.iceConnectionState);
      return protocol === 'tcp' || state === 'disconnected' || state === 'failed';
    };
    await expect.poll(isLost, waiting).toBe(true);
    await restart();
    await untilSeen(page, 'tcp');
    expect(echo.happened).toEqual(['connected']);
  });

  it('gets its picture back by TCP alone', async () => {
    const { relay } = await start();
    const { page } = await connect(relay, true);
    await untilSeen(page, 'tcp');
    expect(relay.counters.tcpConnections).toBeGreaterThan(0);
  });
});
