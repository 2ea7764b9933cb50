import type { Check } from './check.ts';
import { hpkeChecks } from './hpkeChecks.ts';
import { primitiveChecks } from './primitiveChecks.ts';
import { type WycheproofFiles, wycheproofChecks } from './wycheproof.ts';

/** All that a provider must pass, on any platform. */
export function providerChecks(files: WycheproofFiles): readonly Check[] {
  return [...primitiveChecks, ...hpkeChecks, ...wycheproofChecks(files)];
}
