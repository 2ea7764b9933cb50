import { loadVectors } from '@sotto/testkit/vectors';
import { type WycheproofFiles, type WycheproofName, wycheproofCaseCounts } from './wycheproof.ts';

/** The Wycheproof files that are there. */
export function loadWycheproof(): WycheproofFiles {
  const files: WycheproofFiles = {};
  for (const name of Object.keys(wycheproofCaseCounts) as WycheproofName[]) {
    const file = loadVectors<unknown>(`wycheproof/${name}_test.json`, wycheproofCaseCounts[name]);
    if (file !== null) files[name] = file;
  }
  return files;
}
