import { defineConfig } from 'vitest/config';

const ignored = ['**/node_modules/**', '**/dist/**'];
// Eight pages that all send pictures take a whole machine: with others beside it, this one measures only who waits.
const crowded = ['apps/web/src/e2e/groupCalls.browser.test.ts'];

const patient = {
  testTimeout: 180_000,
  hookTimeout: 180_000,
  // What a test polls for may take long on a busy machine; it ends as soon as it is there.
  expect: { poll: { timeout: 30_000 } },
  // Where there are two processors Vitest would use one.
  maxWorkers: 2,
};
const inBrowsers = {
  ...patient,
  globalSetup: './apps/web/src/testing/builds/serveBuilds.ts',
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...patient,
          name: 'unit',
          include: ['**/*.test.{ts,tsx}'],
          exclude: [...ignored, '**/*.browser.test.ts'],
        },
      },
      {
        test: {
          ...inBrowsers,
          name: 'browser',
          include: ['**/*.browser.test.ts'],
          exclude: [...ignored, ...crowded],
        },
      },
      {
        test: {
          ...inBrowsers,
          name: 'browser-alone',
          include: crowded,
          exclude: ignored,
          maxWorkers: 1,
          // After all the others.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
