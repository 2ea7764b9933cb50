/**
 * Official test vectors, which are not copied into the repository: read from `SOTTO_VECTORS`, or from
 * `../shared/vectors` beside the checkout. Where a file is absent its tests are left out, and say so.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The folder where vectors are looked for, whether it exists or not. */
export function vectorsFolder(): string {
  return process.env.SOTTO_VECTORS ?? resolve(repositoryRoot, '../shared/vectors');
}

/**
 * The parsed contents of `path` (such as `wycheproof/ed25519_test.json`) as the caller knows their shape. Null
 * where the file is absent; then the console says how many cases (`caseCount`) were left out.
 */
export function loadVectors<T>(path: string, caseCount: number): T | null {
  const file = resolve(vectorsFolder(), path);
  if (!existsSync(file)) {
    console.warn(`Vectors ${path} are absent: ${caseCount} cases left out`);
    return null;
  }
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
