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
  /** Pages are muted otherwise, so that what a tab plays is silent for who shares it, too. */
  readonly isAudible?: boolean;
}

/** A running browser, which the caller closes. Throws an Error where none is installed. */
export function launchChromium(options: ChromiumOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: argumentsOf(options),
    ...(options.isAudible === true ? { ignoreDefaultArgs: ['--mute-audio'] } : {}),
  });
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

export interface SleepyBrowser {
  readonly browser: Browser;
  /** Stops all of its processes, as a machine that goes to sleep does. */
  sleep(): void;
  wake(): void;
  close(): Promise<void>;
}

/** A browser on a machine that can be put to sleep. */
export async function launchSleepyChromium(options: ChromiumOptions = {}): Promise<SleepyBrowser> {
  const server = await chromium.launchServer({ executablePath: chromiumPath(), args: argumentsOf(options) });
  const browser = await chromium.connect(server.wsEndpoint());
  const { pid } = server.process();
  if (pid === undefined) throw new Error('Chromium has no process');
  // The browser leads a group of processes of its own.
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => process.kill(-pid, name);
  return {
    browser,
    sleep: () => void signal('SIGSTOP'),
    wake: () => void signal('SIGCONT'),
    close: async () => {
      signal('SIGCONT');
      await server.close();
    },
  };
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
