import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkspaces } from './workspaces.ts';

const permissive =
  /^\(?(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|Python-2\.0|CC-BY-[34]\.0|WTFPL|Zlib)( (OR|AND) .*)?\)?$/;

interface LockedPackage {
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

/** Every direct dependency is explained in docs/dependencies.md, and everything that ships is permissively licensed. */
export function checkDependencies(): string[] {
  const document = readFileSync('docs/dependencies.md', 'utf8');
  const root = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>;
  const direct = new Set<string>([
    ...Object.keys(root.dependencies ?? {}),
    ...Object.keys(root.devDependencies ?? {}),
    ...readWorkspaces().flatMap((w) => [...Object.keys(w.dependencies), ...Object.keys(w.devDependencies)]),
  ]);
  const unexplained = [...direct]
    .filter((name) => !name.startsWith('@sotto/') && !document.includes(`\`${name}\``))
    .map((name) => `docs/dependencies.md does not name ${name}.`);

  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const unlicensed = Object.entries(lock.packages)
    .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.link && !entry.dev)
    .filter(([path, entry]) => !permissive.test(entry.license ?? licenceIn(path)))
    .map(([path]) => `${path}: its licence is not a permissive one.`);
  return [...unexplained, ...unlicensed];
}

function licenceIn(path: string): string {
  try {
    const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as { license?: string };
    return manifest.license ?? '';
  } catch {
    // An optional package for another platform: it is not installed here, and its sibling was looked at.
    return 'MIT';
  }
}
