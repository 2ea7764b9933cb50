// `npm run api -w @sotto/mls` (or another package whose API is recorded).
import { chdir, env } from 'node:process';
import { writeApi } from './checks/packageApi.ts';

chdir(new URL('..', import.meta.url).pathname);
writeApi(env.npm_package_name ?? '');
