/** `npm run vectors -w @sotto/crypto`: writes spec/vectors anew, after a deliberate change of a format. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { provider } from './account.ts';
import { makeVectors } from './specVectors.ts';

const folder = new URL('../../../../spec/vectors/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const { name, contents } of await makeVectors(provider)) {
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(contents, null, 2)}\n`);
}
