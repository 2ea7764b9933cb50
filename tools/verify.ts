// `npm run verify`: everything that is checked without running the product.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { checkArrows } from './checks/arrows.ts';
import { checkDependencies } from './checks/dependencies.ts';
import { checkGenerated } from './checks/generated.ts';
import { checkMarkdownLinks } from './checks/markdownLinks.ts';
import { checkMlsRules } from './checks/mlsRules.ts';
import { checkApis } from './checks/packageApi.ts';

const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };

function command(script: string, ...args: string[]): () => string[] {
  return () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
      encoding: 'utf8',
      env,
    });
    return status === 0 ? [] : [`${stdout}${stderr}`.trim()];
  };
}

/** Each check answers with what it found wrong, in sentences; nothing found is a pass. */
const checks: Record<string, () => string[] | Promise<string[]>> = {
  types: command('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'),
  style: command('node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '.'),
  'dead code and unlisted dependencies': command('node_modules/knip/bin/knip.js', '--no-progress'),
  'package arrows': checkArrows,
  'documented dependencies': checkDependencies,
  'generated wire code': checkGenerated,
  'links in documents': checkMarkdownLinks,
  'numbered rules of MLS': checkMlsRules,
  'recorded APIs': checkApis,
};

let failures = 0;
for (const [name, check] of Object.entries(checks)) {
  const found = await check();
  console.log(`${found.length === 0 ? 'ok' : 'FAILED'}  ${name}`);
  for (const line of found) console.log(line);
  if (found.length > 0) failures++;
}
process.exit(failures === 0 ? 0 : 1);
