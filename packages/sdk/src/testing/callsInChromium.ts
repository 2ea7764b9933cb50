/** For the benchmark: both sides of a call in one page of Chromium, as the product has them or as bare peer connections. */
import { readFileSync } from 'node:fs';
import { launchChromium } from '@sotto/testkit/chromium';
import type { CallKind } from './callsPage.ts';
import { serveBuild } from './serveBuild.ts';

/** As `RTCIceServer`. */
interface RelayServer {
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

export interface ChromiumCalls {
  /** Connects both sides, only through the relay where there is one; milliseconds until they hear each other. */
  connect(kind: CallKind, relay?: readonly RelayServer[]): Promise<number>;
  /** From drawing a picture to its being shown, milliseconds. */
  measureDelays(durationMs: number): Promise<number[]>;
  /** Pictures that were decoded since the call began. */
  countPictures(): Promise<number>;
  /** The longest time without sound, milliseconds. */
  longestSilence(durationMs: number): Promise<number>;
  /** The browser says that it is on another network. */
  changeNetwork(): Promise<void>;
  hangUp(): Promise<void>;
  /** Seconds of processor time that all processes of the browser have had. */
  processorSeconds(): Promise<number>;
  /** Memory of all processes, shared pages counted by part, bytes. */
  memoryBytes(): Promise<number>;
  close(): Promise<void>;
}

export async function openChromiumCalls(): Promise<ChromiumCalls> {
  const served = await serveBuild(new URL('./callsPage.ts', import.meta.url));
  const browser = await launchChromium({
    flags: [
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      '--js-flags=--expose-gc',
    ],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`http://127.0.0.1:${served.port}/`);
  await page.waitForFunction(() => 'callBench' in globalThis);
  const session = await browser.newBrowserCDPSession();
  const processes = async () => (await session.send('SystemInfo.getProcessInfo')).processInfo;
  return {
    connect: (kind, relay = []) =>
      page.evaluate(([kind, relay]) => globalThis.callBench.connect(kind, relay), [kind, relay] as const),
    measureDelays: (durationMs) => page.evaluate((ms) => globalThis.callBench.measureDelays(ms), durationMs),
    countPictures: () => page.evaluate(() => globalThis.callBench.countPictures()),
    longestSilence: (durationMs) =>
      page.evaluate((ms) => globalThis.callBench.longestSilence(ms), durationMs),
    changeNetwork: () => page.evaluate(() => globalThis.callBench.changeNetwork()),
    hangUp: () => page.evaluate(() => globalThis.callBench.hangUp()),
    processorSeconds: async () => (await processes()).reduce((sum, { cpuTime }) => sum + cpuTime, 0),
    async memoryBytes() {
      await page.evaluate(() => (globalThis as unknown as { gc(): void }).gc());
      return (await processes()).reduce((sum, { id }) => sum + proportionalBytes(id), 0);
    },
    async close() {
      await browser.close();
      await served.close();
    },
  };
}

/** Zero for a process that is gone. */
function proportionalBytes(processId: number): number {
  try {
    const text = readFileSync(`/proc/${processId}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
