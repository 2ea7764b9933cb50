import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';

export const mlsApiFile = 'packages/mls/api.md';
const root = 'packages/mls/src';

/** Top-level declarations of an emitted file by name, each with its comment. They begin at the start of a line. */
function declarationsIn(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const lines = text.split('\n');
  let comment: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith('/**')) comment = [];
    if (line.startsWith('/**') || line.startsWith(' *')) {
      comment.push(line);
      continue;
    }
    const named = /^export (?:declare )?(?:abstract )?(?:function|const|class|interface|type) (\w+)/.exec(
      line,
    );
    if (named === null) {
      comment = [];
      continue;
    }
    const body = [line];
    const isEnded = (): boolean => /^(}|} as const;|}>;|}\)?;|.*;)$/.test(body.at(-1)!) && isBalanced(body);
    while (!isEnded() && at + 1 < lines.length) body.push(lines[++at]!);
    found.set(named[1]!, [...comment, ...body].join('\n'));
    comment = [];
  }
  return found;
}

function isBalanced(lines: readonly string[]): boolean {
  const code = lines.filter((line) => !/^\s*(\/?\*)/.test(line)).join('\n');
  return (code.match(/[{(]/g)?.length ?? 0) === (code.match(/[})]/g)?.length ?? 0);
}

/** The API of the MLS package, from the declarations that TypeScript emits for its entry point. */
export function describeMlsApi(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-api-'));
  try {
    const options =
      '--declaration --emitDeclarationOnly --noEmit false --module nodenext --target es2025 --strict';
    const more =
      '--allowImportingTsExtensions --skipLibCheck --exactOptionalPropertyTypes --rootDir . --types node';
    const { status, stdout } = spawnSync(
      process.execPath,
      [
        'node_modules/typescript/bin/tsc',
        `${root}/index.ts`,
        '--ignoreConfig',
        '--outDir',
        folder,
        ...`${options} ${more}`.split(' '),
      ],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stdout);
    const emitted = (file: string) =>
      readFileSync(join(folder, root, file.replace(/\.ts$/, '.d.ts')), 'utf8');
    const index = emitted('index.ts');
    const sections: string[] = [];
    for (const [, names, file] of index.matchAll(/^export (?:type )?(\*|\{[^}]*\}) from '\.\/(.*?)';$/gm)) {
      const declared = declarationsIn(emitted(normalize(file!)));
      const wanted =
        names === '*'
          ? [...declared.keys()]
          : names!
              .replace(/[{}]|\btype\b/g, '')
              .split(',')
              .map((name) => name.trim())
              .filter(Boolean);
      for (const name of wanted) {
        const declaration = declared.get(name);
        if (declaration === undefined) throw new Error(`${name} is not declared in ${file}`);
        sections.push(`### ${name}\n\n\`\`\`ts\n${declaration}\n\`\`\``);
      }
    }
    const intro =
      'What `@sotto/mls` exports, as TypeScript declares it. Written by `npm run api -w @sotto/mls`; `npm run verify` fails where it is not what the code says, so that a review sees each change of it. What operations demand and promise is in [spec/mls.md](../../spec/mls.md).';
    return `# API of @sotto/mls\n\n${intro}\n\n${sections.join('\n\n')}\n`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The recorded API is the one in force. */
export function checkMlsApi(): string[] {
  return readFileSync(mlsApiFile, 'utf8') === describeMlsApi()
    ? []
    : [`${mlsApiFile} is not what the package exports: npm run api -w @sotto/mls, and look at what changed.`];
}
