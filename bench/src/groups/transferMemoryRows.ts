/**
 * What the memory of devices does while a file passes from one to the other through the server: it stays flat, however large
 * the file. The server's: transferRows.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServerProcess } from '@sotto/sdk/serverProcess';
import type { BenchOptions, Row } from '../row.ts';
import type { FileDeviceEvent } from './fileDeviceProcess.ts';

const megabyte = 1024 * 1024;
const module = fileURLToPath(new URL('./runFileDevice.ts', import.meta.url));

export async function* transferMemoryRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-bench-'));
  const server = await startServerProcess();
  const devices: ChildProcess[] = [];
  const start = (name: string, ...more: string[]): ChildProcess => {
    const args = ['--expose-gc', module, server.address, join(folder, name), name, ...more];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    devices.push(child);
    return child;
  };
  try {
    const sizeBytes = (quick ? 64 : 2047) * megabyte;
    const path = join(folder, 'large.bin');
    // Sparse: what is sealed of it is as long as any.
    writeFileSync(path, '');
    truncateSync(path, sizeBytes);
    const receiver = start('receiver');
    await nextEvent(receiver, 'ready');
    const received = nextEvent(receiver, 'done');
    const sent = nextEvent(start('sender', path, 'receiver'), 'done');
    for (const [name, event] of [
      ['sends', sent],
      ['fetches', received],
    ] as const) {
      const value = (await event).grownBytes / megabyte;
      yield {
        suite: 'groups',
        name: `Device: memory while it ${name} ${sizeBytes / megabyte} MiB`,
        value,
        unit: 'MB more',
        aim: '<= 128 MB',
        holds: value <= 128,
      };
    }
  } finally {
    for (const device of devices) device.kill('SIGKILL');
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

function nextEvent<Kind extends FileDeviceEvent['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<FileDeviceEvent, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    child.on('message', (event: FileDeviceEvent) => {
      if (event.kind === kind) resolve(event as Extract<FileDeviceEvent, { kind: Kind }>);
    });
    child.once('exit', () => reject(new Error('A device ended.')));
  });
}
