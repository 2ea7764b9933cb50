/**
 * A SQLite VFS (sqlite.org/vfs.html) with one file per name, held in memory as blocks. A connection opened
 * read-only sees the durable view of its file, any other the present one. All runs in one thread and no
 * transaction spans a turn of the event loop, so locks have nothing to do.
 */
import type { Sqlite3Static, WasmPointer } from '@sqlite.org/sqlite-wasm';
import type { BlockFile, BlockView } from './blockFile.ts';

const vfsName = 'sotto-blocks';
const unixEpochJulianDay = 2440587.5;
const dayMs = 86_400_000;

interface OpenFile {
  readonly file: BlockFile;
  readonly view: BlockView;
}

/** The files that can be opened, by path ("/name"). */
export type BlockFiles = Map<string, BlockFile>;

const installed = new WeakMap<Sqlite3Static, BlockFiles>();

/** Registers the VFS, once per instance of SQLite; put a file into `files` before opening it. */
export function installBlockVfs(sqlite: Sqlite3Static): { name: string; files: BlockFiles } {
  let files = installed.get(sqlite);
  if (files === undefined) {
    files = new Map();
    register(sqlite, files);
    installed.set(sqlite, files);
  }
  return { name: vfsName, files };
}

function register(sqlite: Sqlite3Static, files: BlockFiles): void {
  const { capi, wasm } = sqlite;
  const open = new Map<WasmPointer, OpenFile>();
  const heap = (at: WasmPointer, length: number) => wasm.heap8u().subarray(Number(at), Number(at) + length);
  const opened = (pointer: WasmPointer): OpenFile => {
    const file = open.get(pointer);
    if (file === undefined) throw new Error('a file that is not open');
    return file;
  };

  // The structs' members are called with a $ that their type declarations lack.
  const ioMethods = Object.assign(new capi.sqlite3_io_methods(), { $iVersion: 1 });
  const defaultVfs = new capi.sqlite3_vfs(capi.sqlite3_vfs_find(null));
  const vfs = Object.assign(new capi.sqlite3_vfs(), {
    $iVersion: 2,
    $szOsFile: Reflect.get(capi.sqlite3_file, 'structInfo').sizeof,
    $mxPathname: 256,
    $xRandomness: Reflect.get(defaultVfs, '$xRandomness'),
    $xSleep: Reflect.get(defaultVfs, '$xSleep'),
  });
  defaultVfs.dispose();

  sqlite.vfs.installVfs({
    io: {
      struct: ioMethods,
      methods: {
        xClose: (pointer) => {
          open.delete(pointer);
          return 0;
        },
        xRead: (pointer, target, length, offset) => {
          const { file, view } = opened(pointer);
          const got = file.read(view, heap(target, length), Number(offset));
          return got < length ? capi.SQLITE_IOERR_SHORT_READ : 0;
        },
        xWrite: (pointer, source, length, offset) => {
          const { file, view } = opened(pointer);
          if (view === 'durable') return capi.SQLITE_READONLY;
          file.write(heap(source, length), Number(offset));
          return 0;
        },
        xTruncate: (pointer, size) => {
          opened(pointer).file.truncate(Number(size));
          return 0;
        },
        xSync: () => 0,
        xFileSize: (pointer, target) => {
          const { file, view } = opened(pointer);
          wasm.poke64(target, BigInt(file.sizeBytes(view)));
          return 0;
        },
        xLock: () => 0,
        xUnlock: () => 0,
        xCheckReservedLock: (_pointer, target) => {
          wasm.poke32(target, 0);
          return 0;
        },
        xFileControl: () => capi.SQLITE_NOTFOUND,
        xDeviceCharacteristics: () => 0,
      },
    },
    vfs: {
      struct: vfs,
      name: vfsName,
      methods: {
        xOpen: (_vfs, name, pointer, flags, flagsOut) => {
          const file = files.get(wasm.cstrToJs(name) ?? '');
          if (file === undefined) return capi.SQLITE_CANTOPEN;
          open.set(pointer, {
            file,
            view: (flags & capi.SQLITE_OPEN_READONLY) !== 0 ? 'durable' : 'present',
          });
          const struct = Object.assign(new capi.sqlite3_file(pointer), { $pMethods: ioMethods.pointer });
          struct.dispose();
          wasm.poke32(flagsOut, flags);
          return 0;
        },
        xDelete: () => 0,
        xAccess: (_vfs, name, _flags, target) => {
          wasm.poke32(target, files.has(wasm.cstrToJs(name) ?? '') ? 1 : 0);
          return 0;
        },
        xFullPathname: (_vfs, name, size, target) =>
          wasm.cstrncpy(target, name, size) < size ? 0 : capi.SQLITE_CANTOPEN,
        xCurrentTime: (_vfs, target) => {
          wasm.poke(target, unixEpochJulianDay + Date.now() / dayMs, 'double');
          return 0;
        },
        xCurrentTimeInt64: (_vfs, target) => {
          wasm.poke64(target, BigInt(unixEpochJulianDay * dayMs + Date.now()));
          return 0;
        },
        xGetLastError: () => 0,
      },
    },
  });
}
