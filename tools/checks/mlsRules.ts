import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const spec = 'spec/mls.md';
const table = 'packages/mls/src/rules.ts';
const source = 'packages/mls/src';
const ruleNumber = /MLS-[0-9P][0-9.]*-\d\d/g;

function numbersIn(text: string): Set<string> {
  return new Set(text.match(ruleNumber) ?? []);
}

/** Rules of a text with the reason beside each, as `pattern` finds them. */
function reasonsIn(text: string, pattern: RegExp): Map<string, string> {
  return new Map(Array.from(text.matchAll(pattern), ([, rule, reason]) => [rule!, reason!]));
}

/**
 * The numbered rules of the MLS engine: specification, table, code and tests have the same ones. A rule that only some
 * of them know is one that is not enforced, not explained or not proven.
 */
export function checkMlsRules(): string[] {
  const specified = reasonsIn(readFileSync(spec, 'utf8'), /^\| (MLS-\S+) \| .* \| `(\w+)` \|$/gm);
  const listed = reasonsIn(readFileSync(table, 'utf8'), /'(MLS-\S+)': '(\w+)'/g);
  const cited = new Set<string>();
  const tested = new Set<string>();
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).map((name) => join(source, name));
  for (const file of files.filter((name) => name.endsWith('.ts') && name !== table)) {
    const into = file.endsWith('.test.ts') || file.includes('/testing/') ? tested : cited;
    for (const rule of numbersIn(readFileSync(file, 'utf8'))) into.add(rule);
  }
  const found: string[] = [];
  for (const rule of new Set([...specified.keys(), ...listed.keys(), ...cited, ...tested])) {
    if (!specified.has(rule)) found.push(`${rule} is not in ${spec}.`);
    if (!listed.has(rule)) found.push(`${rule} is not in ${table}.`);
    else if (specified.has(rule) && specified.get(rule) !== listed.get(rule)) {
      found.push(`${rule} has another reason in ${spec} than in ${table}.`);
    }
    if (!cited.has(rule)) found.push(`${rule} is not cited where the code checks it.`);
    if (!tested.has(rule)) found.push(`${rule} is not tested.`);
  }
  return found;
}
