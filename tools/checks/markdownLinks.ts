import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Every relative link in the project's documents leads to a file. */
export function checkMarkdownLinks(): string[] {
  const documents = globSync(['*.md', 'docs/**/*.md', 'spec/**/*.md', 'packages/*/*.md']);
  return documents.flatMap((document) =>
    [...readFileSync(document, 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1]!)
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(dirname(document), target)))
      .map((target) => `${document}: ${target} does not exist.`),
  );
}
