import { launchChromium } from '@sotto/testkit/chromium';
import { runInChromium } from '@sotto/testkit/chromiumRun';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserConformanceInput, BrowserConformanceOutput } from '../conformance/browserEntry.ts';
import { loadWycheproof } from '../conformance/loadWycheproof.ts';
import { providerChecks } from '../conformance/providerChecks.ts';

const entry = new URL('../conformance/browserEntry.ts', import.meta.url);
const files = loadWycheproof();
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe.each(['page', 'worker'] as const)('browser provider in a Chromium %s', (context) => {
  it.each(['detect', 'avoid'] as const)(
    'passes the conformance suite (Web Crypto: %s)',
    async (webCrypto) => {
      const input: BrowserConformanceInput = { options: { webCrypto }, files };
      const output = await runInChromium<BrowserConformanceOutput>({ entry, input, context, browser });
      if (webCrypto === 'detect') expect(output.providerName).toContain('Ed25519: Web Crypto');
      const passed = Object.fromEntries(providerChecks(files).map((check) => [check.name, null]));
      expect(output.results).toEqual(passed);
    },
  );
});
