/** Starts a process of synthetic participants. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadAnswer, LoadCommands } from './loadMessages.ts';

export interface Load extends LoadCommands {
  stop(): Promise<void>;
}

const names = [
  'open',
  'connect',
  'connectBare',
  'publish',
  'start',
  'measure',
  'firstKeyFrame',
  'close',
] as const satisfies (keyof LoadCommands)[];

/** Each command rejects with what the process says went wrong. */
export function startLoad(): Load {
  const child = fork(fileURLToPath(new URL('./loadMain.ts', import.meta.url)), { execArgv: [] });
  const waiting = new Map<number, (answer: LoadAnswer) => void>();
  let asked = 0;
  child.on('message', (answer: LoadAnswer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  child.once('exit', () => {
    for (const [id, settle] of waiting) settle({ id, kind: 'failed', message: 'The process has ended' });
  });
  const ask = async (command: keyof LoadCommands, value: unknown): Promise<unknown> => {
    asked += 1;
    const id = asked;
    const answered = new Promise<LoadAnswer>((resolve) => waiting.set(id, resolve));
    if (!child.connected) throw new Error('The process has ended');
    child.send({ id, command, asked: value });
    const answer = await answered;
    if (answer.kind === 'failed') throw new Error(`${command}: ${answer.message}`);
    return answer.value;
  };
  const commands = Object.fromEntries(names.map((name) => [name, (value: unknown) => ask(name, value)]));
  return {
    ...(commands as unknown as LoadCommands),
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
