/** Builds the app for browser tests: the product as `npm start` does, or the app over its fixture. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'vite';

const webRoot = path.resolve(import.meta.dirname, '../../..');
const fixturePage = path.join(webRoot, 'src/testing/fixture.html');

export type BuiltApp = 'product' | 'fixture';

/** Where `serveBuilds` answers, for all workers of a run of tests. Not `SOTTO_…`: the server refuses such settings that it does not know. */
export const buildsAddressName = 'TEST_BUILDS_ADDRESS';

/** Builds into a new folder, which the caller removes. */
export async function buildApp(app: BuiltApp): Promise<string> {
  const outDir = await mkdtemp(path.join(tmpdir(), `sotto-${app}-`));
  const options = { outDir, emptyOutDir: true };
  await build({
    root: webRoot,
    configFile: path.join(webRoot, 'vite.config.ts'),
    logLevel: 'error',
    build:
      app === 'product' ? options : { ...options, minify: false, rolldownOptions: { input: fixturePage } },
  });
  return outDir;
}

export interface AppFolder {
  readonly folder: string;
  /** Removes the folder where it was built for this caller alone. */
  release(): Promise<void>;
}

/** The app, built once for a whole run of tests; for this caller where there is no such run. */
export async function builtApp(app: BuiltApp): Promise<AppFolder> {
  const address = process.env[buildsAddressName];
  if (address === undefined) {
    const folder = await buildApp(app);
    return { folder, release: () => rm(folder, { recursive: true, force: true }) };
  }
  const response = await fetch(`${address}/${app}`);
  const answer = await response.text();
  if (!response.ok) throw new Error(`The ${app} could not be built: ${answer}`);
  return { folder: answer, release: async () => {} };
}
