import type { ExportPart } from '@sotto/client/api';
import { describe, expect, it } from 'vitest';
import { ExportInterrupted, exportEverything } from './exportEverything.ts';

function createApi(parts: readonly ExportPart[]) {
  const ended: string[] = [];
  let at = 0;
  return {
    ended,
    beginExport: async () => ({ exportId: 'one', total: 4 }),
    readExport: async (): Promise<ExportPart> => parts[at++] ?? { kind: 'gone' },
    endExport: async (exportId: string) => {
      ended.push(exportId);
    },
  };
}
const part = (byte: number, done: number): ExportPart => ({
  kind: 'part',
  pieces: [Uint8Array.of(byte), Uint8Array.of(byte)],
  done,
  total: 4,
});

describe('exportEverything', () => {
  it('gives the pieces in order, tells its progress and ends the export', async () => {
    const sotto = createApi([part(1, 1), part(2, 4), { kind: 'last', pieces: [Uint8Array.of(3)] }]);
    const progress: number[] = [];
    const bytes: number[] = [];
    for await (const piece of exportEverything(sotto, { onProgress: (done) => progress.push(done) })) {
      bytes.push(...piece);
    }
    expect(bytes).toEqual([1, 1, 2, 2, 3]);
    expect(progress).toEqual([0.25, 1, 1]);
    expect(sotto.ended).toEqual(['one']);
  });

  it('ends the export where it is cancelled or its reader stops', async () => {
    const cancelled = createApi([part(1, 1), part(2, 2)]);
    const controller = new AbortController();
    const reading = (async () => {
      for await (const _piece of exportEverything(cancelled, { signal: controller.signal }))
        controller.abort();
    })();
    await expect(reading).rejects.toThrow('aborted');
    expect(cancelled.ended).toEqual(['one']);

    const left = createApi([part(1, 1)]);
    for await (const _piece of exportEverything(left)) break;
    expect(left.ended).toEqual(['one']);
  });

  it('says so where the export is gone', async () => {
    const sotto = createApi([part(1, 1)]);
    const reading = Array.fromAsync(exportEverything(sotto));
    await expect(reading).rejects.toThrow(ExportInterrupted);
  });
});
