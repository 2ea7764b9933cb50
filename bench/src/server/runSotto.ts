/** The server under measurement: the real one, but for its rate limits. Its accounts are in the folder already. */
import { createServer, type RunningServer, unlimitedRates } from '@sotto/server';
import { report } from './childServer.ts';

const server = await start(process.argv[2]!);
report(server.address);

async function start(dataFolder: string): Promise<RunningServer> {
  const outcome = await createServer({
    rates: unlimitedRates,
    config: {
      host: '127.0.0.1',
      port: 0,
      dataFolder,
      origin: null,
      registration: 'open',
      logLevel: 'error',
      metrics: { kind: 'off' },
      embedOrigins: [],
      trustProxy: false,
      blobQuotaBytes: 1e12,
      webFolder: null,
      callsPort: null,
      callsHost: null,
      callsProcesses: 1,
      relays: [],
      relaySecret: null,
      callsRateBytes: 0,
      turnUrls: [],
      turnSecret: null,
    },
  });
  if (outcome.kind === 'refused') throw new Error(outcome.sentence);
  return outcome.server;
}
