import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { expect, it } from 'vitest';

const index = fileURLToPath(new URL('./index.ts', import.meta.url));

/** Minified and compressed size, in bytes, of what is left of the package where only some of it is used. */
async function sizeOf(used: string): Promise<number> {
  const entry = 'usedPart.js';
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'entry',
        enforce: 'pre',
        resolveId: (id) => (id.endsWith(entry) ? entry : null),
        load: (id) => (id.endsWith(entry) ? `export ${used} from ${JSON.stringify(index)};` : null),
      },
    ],
    build: {
      write: false,
      minify: true,
      target: 'es2024',
      lib: { entry, formats: ['es'] },
      rollupOptions: { external: ['@sotto/primitives'] },
    },
  });
  const [bundle] = Array.isArray(built) ? built : [built];
  if (bundle === undefined || !('output' in bundle)) throw new Error('nothing was built');
  return gzipSync(bundle.output[0].code, { level: 9 }).length;
}

it('is small, and smaller where less of it is used', async () => {
  const whole = await sizeOf('*');
  const reading = await sizeOf('{ unprotect, merge, decodeGroupState }');
  const verifying = await sizeOf('{ verifyKeyPackage }');
  console.log(`gzip: whole ${whole} bytes, reading ${reading}, verifying KeyPackages ${verifying}`);
  expect(whole).toBeLessThan(30_000);
  expect(reading).toBeLessThan(whole * 0.8);
  expect(verifying).toBeLessThan(whole * 0.35);
});
