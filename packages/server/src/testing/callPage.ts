/** For tests: one side of a call as a page of a real browser has it, by nothing but the browser's own WebRTC. */
import type { Browser, BrowserContext, Page } from 'playwright-core';

/** Fake devices, and nobody who has to be asked for them. */
export const callFlags = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
] as const;

export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

interface CallPageState {
  connection: RTCPeerConnection;
  /** What gathering found wrong. */
  errors: number[];
}

declare global {
  interface Window {
    callPage: CallPageState;
  }
}

/** What came and how. */
export interface Received {
  readonly state: RTCIceConnectionState;
  readonly bytes: number;
  readonly framesDecoded: number;
  /** Of the pair in use: `relay`, and over what the relay is reached. */
  readonly candidateType: string;
  readonly relayProtocol: string;
}

export class CallPage {
  readonly #page: Page;
  readonly #context: BrowserContext;

  private constructor(page: Page, context: BrowserContext) {
    this.#page = page;
    this.#context = context;
  }

  /** A page with microphone and camera, whose connection uses nothing but relays. */
  static async open(browser: Browser, iceServers: readonly IceServer[]): Promise<CallPage> {
    const context = await browser.newContext();
    await context.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<p>call' }));
    const page = await context.newPage();
    await page.goto('http://localhost/');
    await page.evaluate(async (servers) => {
      const connection = new RTCPeerConnection({
        iceServers: servers.map((server) => ({ ...server, urls: [...server.urls] })),
        iceTransportPolicy: 'relay',
      });
      const errors: number[] = [];
      connection.addEventListener('icecandidateerror', (event) => errors.push(event.errorCode));
      const media = await navigator.mediaDevices.getUserMedia({
        audio: true,
        video: { width: 160, height: 120, frameRate: 10 },
      });
      for (const track of media.getTracks()) connection.addTrack(track, media);
      connection.addEventListener('track', ({ streams: [stream] }) => {
        const video = document.createElement('video');
        video.srcObject = stream ?? null;
        video.muted = true;
        void video.play();
      });
      window.callPage = { connection, errors };
    }, iceServers);
    return new CallPage(page, context);
  }

  /** An offer with all candidates that there are. */
  async offer(options: { iceRestart?: boolean } = {}): Promise<string> {
    await this.#page.evaluate(async (offerOptions) => {
      const { connection } = window.callPage;
      await connection.setLocalDescription(await connection.createOffer(offerOptions));
    }, options);
    return this.#described();
  }

  async answer(offer: string): Promise<string> {
    await this.#page.evaluate(async (sdp) => {
      const { connection } = window.callPage;
      await connection.setRemoteDescription({ type: 'offer', sdp });
      await connection.setLocalDescription();
    }, offer);
    return this.#described();
  }

  /** In an ICE restart, gathering is complete of before for a moment: a description without candidates is not it. */
  async #described(): Promise<string> {
    const described = await this.#page.waitForFunction(() => {
      const { connection } = window.callPage;
      const sdp = connection.localDescription?.sdp ?? '';
      return connection.iceGatheringState === 'complete' && sdp.includes('a=candidate:') ? sdp : null;
    });
    return (await described.jsonValue()) ?? '';
  }

  accept(answer: string): Promise<void> {
    return this.#page.evaluate(
      (sdp) => window.callPage.connection.setRemoteDescription({ type: 'answer', sdp }),
      answer,
    );
  }

  /** Other servers, for the next offer or answer that restarts ICE. */
  useServers(iceServers: readonly IceServer[]): Promise<void> {
    return this.#page.evaluate((servers) => {
      window.callPage.connection.setConfiguration({
        iceServers: servers.map((server) => ({ ...server, urls: [...server.urls] })),
        iceTransportPolicy: 'relay',
      });
    }, iceServers);
  }

  received(): Promise<Received> {
    return this.#page.evaluate(async () => {
      const { connection } = window.callPage;
      const report: Record<string, unknown>[] = [];
      for (const entry of (await connection.getStats()).values()) report.push(entry);
      const byId = new Map(report.map((entry) => [entry.id, entry]));
      const transport = report.find(({ type }) => type === 'transport');
      const pair = byId.get(transport?.selectedCandidatePairId);
      const local = byId.get(pair?.localCandidateId);
      const inbound = report.filter(({ type }) => type === 'inbound-rtp');
      const video = inbound.find(({ kind }) => kind === 'video');
      return {
        state: connection.iceConnectionState,
        bytes: inbound.reduce((sum, { bytesReceived }) => sum + Number(bytesReceived ?? 0), 0),
        framesDecoded: Number(video?.framesDecoded ?? 0),
        candidateType: String(local?.candidateType ?? ''),
        relayProtocol: String(local?.relayProtocol ?? ''),
      };
    });
  }

  /** Codes of `icecandidateerror` so far. */
  errors(): Promise<readonly number[]> {
    return this.#page.evaluate(() => window.callPage.errors);
  }

  close(): Promise<void> {
    return this.#context.close();
  }
}

/** Offer and answer, each with all of its candidates. */
export async function connectPages(
  caller: CallPage,
  callee: CallPage,
  options: { iceRestart?: boolean } = {},
): Promise<void> {
  await caller.accept(await callee.answer(await caller.offer(options)));
}
