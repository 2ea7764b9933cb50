import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Workspace {
  readonly folder: string;
  readonly name: string;
  readonly ships: boolean;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

/** Every workspace of the repository, from the package.json files themselves. */
export function readWorkspaces(): Workspace[] {
  const below = (folder: string) => readdirSync(folder).map((name) => join(folder, name));
  const folders = [...below('packages'), ...below('apps'), 'testkit', 'bench', 'fuzz'];
  return folders.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      name: string;
      dependencies?: Record<string, string>;
      optionalDependencies?: Record<string, string>;
      devDependencies?: Record<string, string>;
    };
    return {
      folder,
      name: manifest.name,
      ships: folder.startsWith('packages') || folder.startsWith('apps'),
      dependencies: { ...manifest.dependencies, ...manifest.optionalDependencies },
      devDependencies: manifest.devDependencies ?? {},
    };
  });
}
