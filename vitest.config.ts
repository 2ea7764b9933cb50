import { defineConfig } from 'vitest/config';

const ignored = ['**/node_modules/**', '**/dist/**'];
// What a test polls for may take long on a busy machine; it ends as soon as it is there.
const poll = { timeout: 30_000 };
// Where there are two processors Vitest would use one.
const maxWorkers = 2;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.{ts,tsx}'],
          exclude: [...ignored, '**/*.browser.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: { poll },
          maxWorkers,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['**/*.browser.test.ts'],
          exclude: ignored,
          globalSetup: './apps/web/src/testing/builds/serveBuilds.ts',
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: { poll },
          maxWorkers,
        },
      },
    ],
  },
});
