import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startServerProcess } from '@sotto/sdk/serverProcess';
import { launchChromium } from '@sotto/testkit/chromium';
import type { Page } from 'playwright-core';
import type { BenchOptions, Row } from '../row.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** A mid-range phone on a slow mobile network, as web performance tools have it. */
const phone = { latencyMs: 150, bitsPerSecond: 1_638_400, cpuSlowdown: 4 };
const scriptBudgetBytes = 350_000;

/**
 * The web app's first visit: bytes over the wire and time until the form can be filled, then until the chat list is
 * there on a later visit. Scripts are counted up to the first chat list, in two parts: what the page itself loads, and
 * what its worker loads beside it (cryptography, SQLite).
 */
export async function* firstLoadRows(_options: BenchOptions): AsyncIterable<Row> {
  execFileSync(process.execPath, ['tools/build.mjs'], { cwd: repository, stdio: 'ignore' });
  const server = await startServerProcess();
  const browser = await launchChromium();
  try {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const page = await context.newPage();
    const transfers = countTransfers(page);
    const setThrottle = await throttle(page);
    const formMs = await timed(async () => {
      await page.goto(server.address);
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.getByLabel('Username').waitFor();
    });
    await setThrottle(false);
    await page.getByLabel('Username').fill('firstload');
    await page.locator('.phrase-words', { hasText: /\S+ \S+ \S+ \S+ \S+/ }).waitFor();
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Open Sotto' }).click();
    await page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
    const { pageScripts, workerScripts, other } = await transfers.finish();

    await setThrottle(true);
    const listMs = await timed(async () => {
      await page.reload();
      await page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
    });

    const holds = pageScripts <= scriptBudgetBytes;
    const row = { suite: 'foundation' } as const;
    yield {
      ...row,
      name: 'First load: scripts of the page, gzip',
      value: pageScripts / 1000,
      unit: 'kB',
      aim: '<= 350 kB',
      holds,
    };
    yield {
      ...row,
      name: 'First load: scripts and WebAssembly of the worker beside it, gzip',
      value: workerScripts / 1000,
      unit: 'kB',
    };
    yield { ...row, name: 'First load: page, styles, icons', value: other / 1000, unit: 'kB' };
    yield { ...row, name: 'First load: form usable, slow phone', value: formMs, unit: 'ms' };
    yield { ...row, name: 'Later load: chat list there, slow phone', value: listMs, unit: 'ms' };
    await context.close();
  } finally {
    await browser.close();
    await server.remove();
  }
}

async function timed(run: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await run();
  return performance.now() - startMs;
}

async function throttle(page: Page): Promise<(on: boolean) => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const set = async (on: boolean) => {
    const bytesPerSecond = on ? phone.bitsPerSecond / 8 : -1;
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: on ? phone.latencyMs : 0,
      downloadThroughput: bytesPerSecond,
      uploadThroughput: bytesPerSecond,
    });
    await session.send('Emulation.setCPUThrottlingRate', { rate: on ? phone.cpuSlowdown : 1 });
  };
  await set(true);
  return set;
}

/** Sums the encoded sizes of every response, the worker's included, as a browser without Brotli would get them. */
function countTransfers(page: Page) {
  const finished: Promise<{ path: string; sizeBytes: number }>[] = [];
  page
    .context()
    .route('**/*', (route) =>
      route.continue({ headers: { ...route.request().headers(), 'accept-encoding': 'gzip' } }),
    );
  page.context().on('requestfinished', (request) => {
    finished.push(
      request
        .sizes()
        .then((sizes) => ({ path: new URL(request.url()).pathname, sizeBytes: sizes.responseBodySize })),
    );
  });
  return {
    async finish() {
      const transfers = await Promise.all(finished);
      const ofPage = new Set(
        await page.evaluate(() =>
          performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname),
        ),
      );
      const isScript = (path: string) => /\.(js|wasm)$/.test(path);
      const sum = (chosen: (path: string) => boolean) =>
        transfers.filter(({ path }) => chosen(path)).reduce((total, { sizeBytes }) => total + sizeBytes, 0);
      return {
        pageScripts: sum((path) => isScript(path) && ofPage.has(path)),
        workerScripts: sum((path) => isScript(path) && !ofPage.has(path)),
        other: sum((path) => !isScript(path) && !path.startsWith('/api/')),
      };
    },
  };
}
