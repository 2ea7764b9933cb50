import { createSodiumAeads, type SodiumAeads } from './aeads.ts';
import { createSodiumHashes, type SodiumHashes } from './hashes.ts';
import { Scratch } from './scratch.ts';
import { loadSodiumModule, type SodiumModule } from './sodiumModule.ts';

/** libsodium's WASM module with the symmetric primitives over it, which every provider takes from here. */
export interface Sodium extends SodiumHashes, SodiumAeads {
  readonly module: SodiumModule;
  readonly scratch: Scratch;
}

let loading: Promise<Sodium> | undefined;

/** Loads the module once per process or worker. */
export function loadSodium(): Promise<Sodium> {
  loading ??= loadSodiumModule().then((module) => {
    const scratch = new Scratch(module);
    return {
      module,
      scratch,
      ...createSodiumHashes(module, scratch),
      ...createSodiumAeads(module, scratch),
    };
  });
  return loading;
}
