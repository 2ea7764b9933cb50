/** Runs in a worker of Chromium, for `localFiles.browser.test.ts`. */
import { localFilesConformance } from '@sotto/client/localFilesConformance';
import type { CaseResults, Storage } from './databasesInChromium.ts';
import { openIndexedDbLocalFiles } from './indexedDbLocalFiles.ts';
import { createOpfsLocalFiles } from './opfsLocalFiles.ts';

export default async function run({ storage }: { storage: Storage }): Promise<CaseResults> {
  const results: CaseResults = {};
  for (const [at, { name, run }] of localFilesConformance.entries()) {
    const open = async () => {
      if (storage === 'indexedDb') return openIndexedDbLocalFiles(`files-${at}`);
      const root = await navigator.storage.getDirectory();
      return createOpfsLocalFiles(await root.getDirectoryHandle(`files-${at}`, { create: true }));
    };
    results[name] = await run({ open }).then(
      () => null,
      (error: unknown) => String(error),
    );
  }
  return results;
}
