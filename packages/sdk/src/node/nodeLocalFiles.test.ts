import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localFilesConformance } from '@sotto/client/localFilesConformance';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNodeLocalFiles } from './nodeLocalFiles.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('local files in a folder', () => {
  for (const { name, run } of localFilesConformance) {
    it(name, () => run({ open: async () => createNodeLocalFiles(join(folder, 'files')) }));
  }

  it('say when the folder cannot be used', async () => {
    writeFileSync(join(folder, 'files'), '');
    await expect(createNodeLocalFiles(join(folder, 'files')).open('a')).rejects.toThrow(
      expect.objectContaining({ reason: 'unavailable' }),
    );
  });
});
