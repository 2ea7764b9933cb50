import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The wire code in the repository is what its schema generates. */
export function checkGenerated(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-wire-'));
  try {
    const { status, stderr } = spawnSync('buf', ['generate', '--output', folder], {
      cwd: 'packages/protocol',
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${join(process.cwd(), 'node_modules/.bin')}:${dirname(process.execPath)}:${process.env.PATH}`,
      },
    });
    if (status !== 0) return [`buf generate failed: ${stderr}`];
    const fresh = 'src/generated/sotto/v1';
    return readdirSync(join(folder, fresh))
      .filter((name) => {
        const kept = readFileSync(join('packages/protocol', fresh, name), 'utf8');
        return kept !== readFileSync(join(folder, fresh, name), 'utf8');
      })
      .map(
        (name) => `packages/protocol/${fresh}/${name} is not what the schema generates: npm run generate.`,
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
