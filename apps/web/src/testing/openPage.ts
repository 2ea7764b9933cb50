/** A page of a browser test: it notes everything that must not happen, and leaves a picture where a test fails. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export type Layout = 'desktop' | 'phone';
export type Scheme = 'light' | 'dark';

const layouts: Record<Layout, BrowserContextOptions> = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

const resultsFolder = path.resolve(import.meta.dirname, '../../../../test-results');

export interface TestPage {
  readonly page: Page;
  /** Policy violations, errors in the console or thrown, and requests to other origins. */
  readonly complaints: string[];
}

/** Runs `test` in a page of its own. */
export async function withPage(
  browser: Browser,
  options: { layout?: Layout; scheme?: Scheme; name: string },
  test: (opened: TestPage) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({
    ...layouts[options.layout ?? 'desktop'],
    colorScheme: options.scheme ?? 'light',
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
    const own = ['localhost', '127.0.0.1'].includes(address.hostname) || address.protocol === 'blob:';
    if (!own) complaints.push(`request to ${address.origin}`);
  });
  try {
    await test({ page, complaints });
  } catch (error) {
    await mkdir(resultsFolder, { recursive: true });
    await page.screenshot({ path: path.join(resultsFolder, `${options.name}.png`) });
    throw error;
  } finally {
    await context.close();
  }
}
