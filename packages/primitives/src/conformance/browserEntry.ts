import { type BrowserProviderOptions, loadBrowserProvider } from '../browser/index.ts';
import { providerChecks } from './providerChecks.ts';
import type { WycheproofFiles } from './wycheproof.ts';

export interface BrowserConformanceInput {
  readonly options: BrowserProviderOptions;
  readonly files: WycheproofFiles;
}

export interface BrowserConformanceOutput {
  readonly providerName: string;
  /** Null for a check that passed, otherwise what is wrong. */
  readonly results: Record<string, string | null>;
}

/** The conformance suite of providers inside a browser: the entry of `runInChromium`. */
export default async function runConformance({
  options,
  files,
}: BrowserConformanceInput): Promise<BrowserConformanceOutput> {
  const provider = await loadBrowserProvider(options);
  const results: Record<string, string | null> = {};
  for (const check of providerChecks(files)) {
    try {
      await check.run(provider);
      results[check.name] = null;
    } catch (error) {
      results[check.name] = String(error);
    }
  }
  return { providerName: provider.name, results };
}
