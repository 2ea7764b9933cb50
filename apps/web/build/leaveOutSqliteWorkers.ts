/**
 * SQLite's module names two scripts for ways of running it that Sotto does not use: a worker of its own, and a proxy for
 * an OPFS storage that needs shared memory (spec/sdk.md, "Databases"). Without their addresses in it, the bundler
 * does not put them into the build.
 */
import type { Plugin } from 'vite';

const unused = /new URL\("(?:sqlite3-worker1\.mjs|sqlite3-opfs-async-proxy\.js)", import\.meta\.url\)/g;

export function leaveOutSqliteWorkers(): Plugin {
  return {
    name: 'sotto-leave-out-sqlite-workers',
    apply: 'build',
    transform: {
      filter: { id: /@sqlite\.org\/sqlite-wasm/ },
      handler(code) {
        if (code.match(unused)?.length !== 2)
          this.error('SQLite names other scripts than it did: look again.');
        return { code: code.replace(unused, '(() => { throw new Error("left out"); })()'), map: null };
      },
    },
  };
}
