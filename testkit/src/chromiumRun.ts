/**
 * Runs a TypeScript module in a page or a worker of Chromium: bundled with Vite, served over HTTP from
 * 127.0.0.1 (a secure context, so all of Web Crypto and OPFS is there), its result returned.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { build, type Plugin } from 'vite';
import { launchChromium } from './chromium.ts';

export interface ChromiumRun {
  /** A module whose default export is `(input) => output`, or a promise of it; both are JSON values. */
  readonly entry: URL;
  readonly input?: unknown;
  /** Where the module is loaded and run. The default is `page`. */
  readonly context?: 'page' | 'worker';
  /** One to share between runs, which stays open. Without it one is started and closed. */
  readonly browser?: Pick<Browser, 'newPage' | 'close'>;
}

interface ServedFile {
  readonly type: string;
  readonly body: string | Uint8Array;
}

type ServedFiles = ReadonlyMap<string, ServedFile>;

/** What the run answers, whichever way it ended. */
type Outcome =
  | { readonly kind: 'returned'; readonly output: unknown }
  | { readonly kind: 'threw'; readonly message: string };

const bootName = 'sotto-boot';
const resolvedBootName = `\0${bootName}`;

/** The module that is bundled: it makes one function of the entry, for the page or for messages. */
function bootPlugin(entryPath: string): Plugin {
  return {
    name: bootName,
    resolveId: (id) => (id === bootName ? resolvedBootName : null),
    load: (id) =>
      id === resolvedBootName
        ? `
import run from ${JSON.stringify(entryPath)};
async function runOnce() {
  try {
    const input = await (await fetch('/input.json')).json();
    return { kind: 'returned', output: await run(input.value) };
  } catch (error) {
    return { kind: 'threw', message: String(error?.stack ?? error) };
  }
}
if (typeof document === 'undefined') runOnce().then((outcome) => postMessage(outcome));
else globalThis.sottoOutcome = runOnce();
`
        : null,
  };
}

async function bundle(entry: URL): Promise<ServedFiles> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [bootPlugin(fileURLToPath(entry))],
    build: {
      write: false,
      minify: false,
      target: 'esnext',
      modulePreload: false,
      rollupOptions: { input: bootName, output: { entryFileNames: 'boot.js' } },
    },
  });
  const outputs = Array.isArray(result) ? result : [result];
  const files = new Map<string, ServedFile>();
  for (const output of outputs) {
    if (!('output' in output)) throw new Error('Vite is watching instead of building');
    for (const file of output.output) {
      const isScript = file.type === 'chunk' || basename(file.fileName).endsWith('.js');
      const otherType = file.fileName.endsWith('.wasm') ? 'application/wasm' : 'application/octet-stream';
      files.set(`/${file.fileName}`, {
        type: isScript ? 'text/javascript' : otherType,
        body: file.type === 'chunk' ? file.code : file.source,
      });
    }
  }
  return files;
}

function serve(files: ServedFiles): Promise<Server> {
  const server = createServer((request, response) => {
    const file = files.get(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': file.type }).end(file.body);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

/** The documents that start the boot module, and leave what comes of it in `sottoOutcome`. */
const documents: Readonly<Record<'page' | 'worker', string>> = {
  page: '<script type="module" src="/boot.js"></script>',
  worker: `<script>
    globalThis.sottoOutcome = new Promise((resolve) => {
      const worker = new Worker('/boot.js', { type: 'module' });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => resolve({ kind: 'threw', message: message ?? 'no worker' });
    });
  </script>`,
};

/**
 * The output of the entry's default export. Throws an Error with the entry's own message where that throws, and
 * where no Chromium is installed.
 */
export async function runInChromium<Output>(options: ChromiumRun): Promise<Output> {
  const files = new Map(await bundle(options.entry));
  const document = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${documents[options.context ?? 'page']}`;
  files.set('/', { type: 'text/html', body: document });
  // A JSON text needs a value; absent input is an absent member.
  files.set('/input.json', { type: 'application/json', body: JSON.stringify({ value: options.input }) });
  const server = await serve(files);
  const browser = options.browser ?? (await launchChromium());
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const outcome = await page.evaluate<Outcome | undefined>('globalThis.sottoOutcome');
    await page.close();
    if (outcome === undefined) throw new Error('In Chromium: the module did not load');
    if (outcome.kind === 'threw') throw new Error(`In Chromium: ${outcome.message}`);
    return outcome.output as Output;
  } finally {
    if (options.browser === undefined) await browser.close();
    server.closeAllConnections();
    server.close();
  }
}
