/** For tests: coturn (Debian: apt install coturn), where it is installed, with nothing but a secret. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** Null where there is none on the PATH. */
export function findCoturn(): string | null {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'turnserver'));
  return places.find((place) => existsSync(place)) ?? null;
}

export interface Coturn {
  readonly url: string;
  stop(): Promise<void>;
}

/** Listens on 127.0.0.1, and relays there: what coturn forbids by default. */
export async function startCoturn(path: string, secret: string, folder: string): Promise<Coturn> {
  const port = await freePort();
  const child = spawn(
    path,
    [
      ['-n', '--no-cli', '--no-tls', '--no-dtls', '--log-file=stdout', '--simple-log', '--verbose'],
      ['--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', '--allow-loopback-peers', '--realm=sotto'],
      [`--listening-port=${port}`, '--use-auth-secret', `--static-auth-secret=${secret}`],
      [`--pidfile=${join(folder, 'coturn.pid')}`, `--userdb=${join(folder, 'coturn.db')}`],
    ].flat(),
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await listening(child);
  return {
    url: `turn:127.0.0.1:${port}`,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}

function listening(child: ChildProcess): Promise<void> {
  let output = '';
  return new Promise((resolve, reject) => {
    // Read to the end: a full pipe would stop it.
    child.stdout?.on('data', (chunk: Buffer) => {
      if (output.length < 100_000) output += chunk.toString();
      if (/UDP listener opened/i.test(output)) resolve();
    });
    child.once('exit', () => reject(new Error(`coturn did not start: ${output}`)));
  });
}
