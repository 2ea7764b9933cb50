/**
 * Pages of browser tests: they note everything that must not happen, and leave a picture where a test fails. A page is used
 * by one test after another, each time as new: a new window, and compiling the app again in it, takes longer than most tests.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, CDPSession, Page } from 'playwright-core';

export type Layout = 'desktop' | 'phone';
export type Scheme = 'light' | 'dark';

const layouts: Record<Layout, BrowserContextOptions> = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

const resultsFolder = path.resolve(import.meta.dirname, '../../../../test-results');
/** Everything an origin stores but what is cached of the app itself. */
const storageTypes = 'cookies,file_systems,indexeddb,local_storage,service_workers,cache_storage';

export interface TestPage {
  readonly page: Page;
  /** Policy violations, errors in the console or thrown, and requests to other origins. */
  readonly complaints: string[];
}

export interface PageOptions {
  readonly layout?: Layout | undefined;
  readonly scheme?: Scheme;
  /** Of the picture that is taken where the test fails. */
  readonly name: string;
}

interface PooledPage extends TestPage {
  readonly context: BrowserContext;
  readonly devtools: CDPSession;
}

/** The pages of one browser, which stays its caller's. */
export class PagePool {
  readonly #browser: Browser;
  readonly #free = new Map<string, PooledPage[]>();

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Runs `test` in a page of that look that nothing else uses meanwhile, and that has stored nothing. */
  async use(options: PageOptions, test: (opened: TestPage) => Promise<void>): Promise<void> {
    const { layout = 'desktop', scheme = 'light' } = options;
    const free = this.#free.get(`${layout} ${scheme}`) ?? [];
    this.#free.set(`${layout} ${scheme}`, free);
    const pooled = free.pop() ?? (await this.#open(layout, scheme));
    try {
      await test(pooled);
    } catch (error) {
      await mkdir(resultsFolder, { recursive: true });
      await pooled.page.screenshot({ path: path.join(resultsFolder, `${options.name}.png`) });
      await pooled.context.close();
      throw error;
    }
    await forget(pooled);
    free.push(pooled);
  }

  async #open(layout: Layout, scheme: Scheme): Promise<PooledPage> {
    const context = await this.#browser.newContext({
      ...layouts[layout],
      colorScheme: scheme,
      locale: 'en-GB',
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      const address = new URL(request.url());
      const own =
        ['localhost', '127.0.0.1'].includes(address.hostname) || /^(?:blob|about):$/.test(address.protocol);
      if (!own) complaints.push(`request to ${address.origin}`);
    });
    return { page, complaints, context, devtools: await context.newCDPSession(page) };
  }
}

/** Leaves the page as a new window is. */
async function forget({ page, complaints, context, devtools }: PooledPage): Promise<void> {
  const { origin } = new URL(page.url());
  await page.mouse.move(0, 0);
  await page.goto('about:blank');
  await devtools.send('Storage.clearDataForOrigin', { origin, storageTypes });
  await context.clearPermissions();
  complaints.length = 0;
}
