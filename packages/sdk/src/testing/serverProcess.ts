/** For tests: Sotto's server as a process of its own, which can be killed and started again where it was. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const main = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url));
const resetAccount = fileURLToPath(new URL('../../../server/src/resetAccount.ts', import.meta.url));
const run = promisify(execFile);
const readyPattern = /^Sotto is ready at (\S+)$/;

export interface ServerProcess {
  readonly address: string;
  /** As a power failure: nothing is ended in order. */
  kill(): Promise<void>;
  /** On the same port and data. */
  start(): Promise<void>;
  /** The link with which the operator lets this account start over, by the command that prints it. */
  resetLink(username: string): Promise<string>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

export async function startServerProcess(settings: Record<string, string> = {}): Promise<ServerProcess> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'sotto-server-'));
  let running: ChildProcess | null = null;
  let address = '';
  const start = async (): Promise<void> => {
    const environment = {
      ...process.env,
      SOTTO_HOST: '127.0.0.1',
      SOTTO_PORT: address === '' ? '0' : new URL(address).port,
      SOTTO_DATA: dataFolder,
      SOTTO_REGISTRATION: 'open',
      SOTTO_LOG_LEVEL: 'silent',
      // Who tests calls says `0`: a relay is a process more.
      SOTTO_CALLS_PORT: 'off',
      ...settings,
    };
    running = spawn(process.execPath, [main], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    if (running.stdout === null) throw new Error('The server has no output');
    for await (const line of createInterface(running.stdout)) {
      address = readyPattern.exec(line)?.[1] ?? '';
      if (address !== '') return;
    }
    throw new Error('The server did not start');
  };
  const kill = async (): Promise<void> => {
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    get address() {
      return address;
    },
    kill,
    start,
    async resetLink(username) {
      const environment = { ...process.env, SOTTO_DATA: dataFolder };
      const { stdout } = await run(process.execPath, [resetAccount, username], { env: environment });
      return /\S+#reset=\S+/.exec(stdout)?.[0] ?? '';
    },
    async remove() {
      await kill();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}
