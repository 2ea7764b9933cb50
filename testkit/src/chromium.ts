/** Finds the Chromium of this machine and starts it so that it talks to nobody but the page under test. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

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
  const executablePath = findChromium();
  if (executablePath === null) {
    throw new Error('No Chromium found: install one (Debian: apt install chromium) or set CHROMIUM_PATH');
  }
  return chromium.launch({ executablePath, args: [...quietFlags, ...(options.flags ?? [])] });
}
