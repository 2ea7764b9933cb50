// `npm run api -w @sotto/mls`: records the API of the MLS package.
import { writeFileSync } from 'node:fs';
import { chdir } from 'node:process';
import { describeMlsApi, mlsApiFile } from './checks/mlsApi.ts';

chdir(new URL('..', import.meta.url).pathname);
writeFileSync(mlsApiFile, describeMlsApi());
