/** The server as a process: configuration in, one line when ready, a clean end on SIGTERM and SIGINT. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig } from './config.ts';
import { createLogger } from './createLogger.ts';
import { createServer } from './createServer.ts';

const read = readConfig(process.env);
if (read.kind === 'invalid') fail(read.sentence);
const logger = createLogger(read.config.logLevel);
const builtWebApp = fileURLToPath(new URL('../../../apps/web/dist', import.meta.url));
const config = { ...read.config, webFolder: resolve(read.config.webFolder ?? builtWebApp) };
const outcome = await createServer({ config, logger });
if (outcome.kind === 'refused') fail(outcome.sentence);
const { server } = outcome;
const firstAccount = server.inviteLink === null ? '' : `Create the first account: ${server.inviteLink}\n`;
process.stdout.write(`Sotto is ready at ${server.address}\n${firstAccount}`);

let isStopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, async () => {
    if (isStopping) return;
    isStopping = true;
    logger.info('stopping', { signal });
    await server.stop();
    process.exit(0);
  });
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
