/**
 * Writes a `.br` and a `.gz` beside every text-like file of the build, so that the server never compresses while
 * it serves. A file that would not become smaller by a tenth gets none.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const compressible = /\.(?:js|mjs|css|html|svg|json|webmanifest|wasm|txt)$/;
const minimumSizeBytes = 512;

export function precompress(): Plugin {
  let folder = '';
  return {
    name: 'sotto-precompress',
    apply: 'build',
    configResolved(config) {
      folder = path.resolve(config.root, config.build.outDir);
    },
    writeBundle: {
      order: 'post',
      async handler() {
        const names = await readdir(folder, { recursive: true });
        await Promise.all(
          names.filter((name) => compressible.test(name)).map((name) => compress(folder, name)),
        );
      },
    },
  };
}

async function compress(folder: string, name: string): Promise<void> {
  const file = path.join(folder, name);
  const bytes = await readFile(file);
  if (bytes.length < minimumSizeBytes) return;
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  if (br.length < bytes.length * 0.9) await writeFile(`${file}.br`, br);
  if (gz.length < bytes.length * 0.9) await writeFile(`${file}.gz`, gz);
}
