import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNodeProvider } from '@sotto/primitives/node';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { deviceDatabasesConformance } from '../database/deviceDatabasesConformance.ts';
import { createNodeDeviceFiles } from './nodeDeviceFiles.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-devices-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('device databases in a folder', () => {
  for (const { name, run } of deviceDatabasesConformance) {
    it(name, async () => {
      const provider = await loadNodeProvider();
      await run({ provider, files: async () => createNodeDeviceFiles(folder) });
    });
  }
});
