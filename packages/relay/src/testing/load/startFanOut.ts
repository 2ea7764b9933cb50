/** Starts the least that a relay can do: see `fanOutMain.ts`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface FanOut {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** `key`: 28 bytes in hexadecimal digits, by which all packets are sealed; null: none are. */
export async function startFanOut(key: string | null): Promise<FanOut> {
  const child = fork(fileURLToPath(new URL('./fanOutMain.ts', import.meta.url)), [key ?? ''], {
    // As the relay's own process.
    execArgv: ['--single-threaded-gc'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    pid: child.pid!,
    host: '127.0.0.1',
    port,
    stop: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
