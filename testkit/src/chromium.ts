/** Finds the Chromium of this machine and starts it so that it talks to nobody but the page under test. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';

const usualPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const quietFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The path of the browser: `CHROMIUM_PATH`, or the first usual place. Null where there is none. */
export function findChromium(): string | null {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen !== undefined) return existsSync(chosen) ? chosen : null;
  return usualPaths.find((path) => existsSync(path)) ?? null;
}

export interface ChromiumOptions {
  /** Added to the quiet ones, such as `--use-fake-device-for-media-stream`. */
  readonly flags?: readonly string[];
}

/** A running browser, which the caller closes. Throws an Error where none is installed. */
export function launchChromium(options: ChromiumOptions = {}): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: argumentsOf(options) });
}

/**
 * The same with a profile in `folder`, for measuring: the pages of `launchChromium` are private windows, whose files are
 * in another process's memory, so that storage is ten times slower there.
 */
export function launchChromiumProfile(
  folder: string,
  options: ChromiumOptions = {},
): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, {
    executablePath: chromiumPath(),
    args: argumentsOf(options),
  });
}

function chromiumPath(): string {
  const path = findChromium();
  if (path === null) {
    throw new Error('No Chromium found: install one (Debian: apt install chromium) or set CHROMIUM_PATH');
  }
  return path;
}

function argumentsOf({ flags = [] }: ChromiumOptions): string[] {
  return [...quietFlags, ...flags];
}
