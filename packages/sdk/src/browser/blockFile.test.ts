import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockFile, blockSizeBytes } from './blockFile.ts';

const limit = blockSizeBytes * 4;
const step = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    offset: fc.nat(limit),
    bytes: fc.uint8Array({ minLength: 1, maxLength: blockSizeBytes * 2 }),
  }),
  fc.record({ kind: fc.constant('truncate' as const), sizeBytes: fc.nat(limit) }),
  fc.record({ kind: fc.constantFrom('store' as const, 'undo' as const) }),
);

function contents(file: BlockFile, view: 'present' | 'durable'): Uint8Array {
  const bytes = new Uint8Array(file.sizeBytes(view));
  expect(file.read(view, bytes, 0)).toBe(bytes.length);
  return bytes;
}

describe('BlockFile', () => {
  it('behaves like a plain array with a durable copy, and its changes rebuild that copy', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const file = new BlockFile(0, new Map());
        const stored = new Map<number, Uint8Array>();
        let present: Uint8Array = new Uint8Array(0);
        let durable: Uint8Array = new Uint8Array(0);
        for (const action of steps) {
          switch (action.kind) {
            case 'write': {
              const next = new Uint8Array(Math.max(present.length, action.offset + action.bytes.length));
              next.set(present);
              next.set(action.bytes, action.offset);
              present = next;
              file.write(action.bytes, action.offset);
              break;
            }
            case 'truncate':
              // SQLite truncates to whole pages only.
              present = present.slice(0, Math.ceil(action.sizeBytes / blockSizeBytes) * blockSizeBytes);
              file.truncate(Math.ceil(action.sizeBytes / blockSizeBytes) * blockSizeBytes);
              break;
            case 'store': {
              const changes = file.changes();
              for (const [block, bytes] of changes?.blocks ?? []) {
                if (bytes === null) stored.delete(block);
                else stored.set(block, bytes);
              }
              file.confirm();
              durable = present;
              expect(contents(new BlockFile(durable.length, stored), 'present')).toEqual(durable);
              break;
            }
            case 'undo':
              file.undo();
              present = durable;
          }
          expect(contents(file, 'present')).toEqual(present);
          expect(contents(file, 'durable')).toEqual(durable);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('fills what lies beyond the end with zeros', () => {
    const file = new BlockFile(0, new Map());
    file.write(Uint8Array.of(1, 2, 3), 0);
    const target = new Uint8Array(5).fill(9);
    expect(file.read('present', target, 1)).toBe(2);
    expect(target).toEqual(Uint8Array.of(2, 3, 0, 0, 0));
  });
});
