/** Starts one of the servers as a process of its own on one core, and asks it what it has used. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface Usage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

export interface ChildServer {
  readonly address: string;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

export type ServerKind = 'sotto' | 'floor';
/** `plain`: files over plain HTTP. `broadcast`: what comes goes to every other socket. */
type ChildKind = ServerKind | 'plain' | 'broadcast';

const modules = {
  sotto: './runSotto.ts',
  floor: './runFloor.ts',
  plain: '../groups/runPlainHttp.ts',
  broadcast: '../groups/runBroadcast.ts',
} as const;

/** A server of `kind` on the database in `folder`, pinned to the first core where `taskset` is there to do it. */
export async function startChild(kind: ChildKind, folder: string): Promise<ChildServer> {
  const module = fileURLToPath(new URL(modules[kind], import.meta.url));
  const command = [process.execPath, '--expose-gc', module, folder];
  const [file, ...args] = canPin() ? ['taskset', '-c', '0', ...command] : command;
  const child = spawn(file!, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const { address } = await nextMessage<{ address: string }>(child);
  return {
    address,
    usage() {
      child.send('usage');
      return nextMessage<Usage>(child);
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** In the child: reports `address`, and from then on what is asked for. */
export function report(address: string): void {
  process.send?.({ address });
  process.on('message', () => {
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    process.send?.({
      cpuSeconds: (user + system) / 1e6,
      residentBytes: process.memoryUsage.rss(),
    } satisfies Usage);
  });
  process.on('disconnect', () => process.exit(0));
}

function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('The server under measurement ended.'));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}

let pins: boolean | undefined;
function canPin(): boolean {
  if (pins === undefined) {
    try {
      execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' });
      pins = true;
    } catch {
      pins = false;
    }
  }
  return pins;
}
