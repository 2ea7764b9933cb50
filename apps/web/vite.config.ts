import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { addMediaWorker } from './build/addMediaWorker.ts';
import { emojiTable } from './build/emojiTable.ts';
import { leaveOutSqliteWorkers } from './build/leaveOutSqliteWorkers.ts';
import { precompress } from './build/precompress.ts';

/**
 * Everything is served from the page's own origin under a strict policy: no inline script or style, no `data:`
 * assets (they would need their own allowance), hashed names under `assets/`.
 */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), emojiTable(), addMediaWorker(), precompress()],
  worker: { format: 'es', plugins: () => [leaveOutSqliteWorkers()] },
  optimizeDeps: { exclude: ['@sqlite.org/sqlite-wasm'] },
  build: {
    target: 'es2024',
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    sourcemap: false,
  },
});
