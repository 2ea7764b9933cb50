import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Packages that others may use on their own: their API is recorded, in `api.md` of their folder. */
interface RecordedPackage {
  readonly folder: string;
  readonly name: string;
  /** Below `src`. */
  readonly entries: readonly string[];
  /** Where operations are described. */
  readonly more: string;
}

const packages: readonly RecordedPackage[] = [
  {
    folder: 'packages/mls',
    name: '@sotto/mls',
    entries: ['index.ts'],
    more: 'What operations demand and promise is in [spec/mls.md](../../spec/mls.md).',
  },
  {
    folder: 'packages/sframe',
    name: '@sotto/sframe',
    entries: ['index.ts', 'node/index.ts'],
    more: 'How they are used is in the [README](README.md).',
  },
];

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

/** The sections of one entry point, from the declarations that TypeScript emitted for it. */
function describeEntry(folder: string, entry: string): string[] {
  const emitted = (file: string) => readFileSync(join(folder, file.replace(/\.ts$/, '.d.ts')), 'utf8');
  const sections: string[] = [];
  const exports = /^export (?:type )?(\*|\{[^}]*\}) from '(\..*?)';$/gm;
  for (const [, names, file] of emitted(entry).matchAll(exports)) {
    const declared = declarationsIn(emitted(join(dirname(entry), file!)));
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
  return sections;
}

function describeApi({ folder, name, entries, more }: RecordedPackage): string {
  const target = mkdtempSync(join(tmpdir(), 'sotto-api-'));
  try {
    const options =
      '--declaration --emitDeclarationOnly --noEmit false --module nodenext --target es2025 --strict';
    const further =
      '--allowImportingTsExtensions --skipLibCheck --exactOptionalPropertyTypes --rootDir . --types node';
    const { status, stdout } = spawnSync(
      process.execPath,
      [
        'node_modules/typescript/bin/tsc',
        ...entries.map((entry) => join(folder, 'src', entry)),
        '--ignoreConfig',
        '--outDir',
        target,
        ...`${options} ${further}`.split(' '),
      ],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stdout);
    const sections = entries.flatMap((entry) => {
      const described = describeEntry(join(target, folder, 'src'), entry);
      return entry === 'index.ts' ? described : [`## ${name}/${dirname(entry)}`, ...described];
    });
    const intro = `What \`${name}\` exports, as TypeScript declares it. Written by \`npm run api -w ${name}\`; \`npm run verify\` fails where it is not what the code says, so that a review sees each change of it. ${more}`;
    return `# API of ${name}\n\n${intro}\n\n${sections.join('\n\n')}\n`;
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

/** Records the API of the package with this name. */
export function writeApi(name: string): void {
  for (const recorded of packages.filter((entry) => entry.name === name)) {
    writeFileSync(join(recorded.folder, 'api.md'), describeApi(recorded));
  }
}

/** The recorded APIs are those in force. */
export function checkApis(): string[] {
  return packages
    .filter((recorded) => readFileSync(join(recorded.folder, 'api.md'), 'utf8') !== describeApi(recorded))
    .map(
      ({ folder, name }) =>
        `${folder}/api.md is not what the package exports: npm run api -w ${name}, and look at what changed.`,
    );
}
