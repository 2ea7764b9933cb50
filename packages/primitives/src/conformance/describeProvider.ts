import { beforeAll, describe, expect, it } from 'vitest';
import type { Provider } from '../provider.ts';
import { loadWycheproof } from './loadWycheproof.ts';
import { providerChecks } from './providerChecks.ts';

/** The conformance suite of providers, as Vitest tests. */
export function describeProvider(name: string, load: () => Promise<Provider>): void {
  describe(name, () => {
    let provider: Provider;
    beforeAll(async () => {
      provider = await load();
    });
    for (const check of providerChecks(loadWycheproof())) {
      it(check.name, async () => {
        await expect(check.run(provider)).resolves.toBeUndefined();
      });
    }
  });
}
