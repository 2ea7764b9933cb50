import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { expect, it } from 'vitest';

it('the script of the frame worker is one file, and small', async () => {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: true,
      target: 'es2024',
      modulePreload: false,
      rollupOptions: { input: fileURLToPath(new URL('./worker.ts', import.meta.url)) },
    },
  });
  const [bundle] = Array.isArray(built) ? built : [built];
  if (bundle === undefined || !('output' in bundle)) throw new Error('nothing was built');
  expect(bundle.output.length).toBe(1);
  const sizeBytes = gzipSync(bundle.output[0].code, { level: 9 }).length;
  console.log(`gzip: ${sizeBytes} bytes`);
  expect(sizeBytes).toBeLessThan(6500);
});
