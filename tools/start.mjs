// `npm start`: install, build, run the server. Needs any Node from 20 up and npm, nothing else.
import { buildWebApp, install, runOnNode } from './prepare.mjs';

install();
buildWebApp();
process.exit(await runOnNode(['packages/server/src/main.ts']));
