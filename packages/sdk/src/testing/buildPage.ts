/** For tests: builds a module for the browser, with its workers, and a page that loads it. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const html =
  '<!doctype html><meta charset="utf-8"><title>Sotto test</title><script type="module" src="/assets/page.js"></script>';

/** File contents by path, such as `/index.html`. */
export async function buildPage(page: URL): Promise<Map<string, string | Uint8Array>> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    worker: { format: 'es' },
    build: {
      write: false,
      minify: false,
      target: 'esnext',
      modulePreload: false,
      assetsInlineLimit: 0,
      rollupOptions: { input: fileURLToPath(page), output: { entryFileNames: 'assets/page.js' } },
    },
  });
  const files = new Map<string, string | Uint8Array>([['/index.html', html]]);
  for (const output of Array.isArray(result) ? result : [result]) {
    if (!('output' in output)) throw new Error('Vite is watching instead of building');
    for (const file of output.output) {
      files.set(`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source);
    }
  }
  return files;
}
