/** For bundlers' configurations and tests: the service worker as one script without imports (spec/sdk.md, "Files"). */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const entry = fileURLToPath(new URL('../browser/media/mediaWorker.ts', import.meta.url));
/** Where a page looks for it. */
export const mediaWorkerName = 'mediaWorker.js';

export async function buildMediaWorker(minify: boolean): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify,
      target: 'es2024',
      modulePreload: false,
      rollupOptions: { input: entry, output: { format: 'iife', entryFileNames: mediaWorkerName } },
    },
  });
  for (const output of Array.isArray(result) ? result : [result]) {
    if (!('output' in output)) throw new Error('Vite is watching instead of building');
    for (const file of output.output) if (file.type === 'chunk') return file.code;
  }
  throw new Error('Vite built no service worker');
}
