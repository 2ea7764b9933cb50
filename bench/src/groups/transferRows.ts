/**
 * Files at the server: throughput of uploads and downloads beside plain HTTP, and what a server's memory does while
 * 2 GB pass. Each server is a process of its own; they take turns, and the best turn of each counts.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type RequestOptions, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { Connection, limits } from '@sotto/protocol';
import type { BenchOptions, Row } from '../row.ts';
import { type ChildServer, startChild } from '../server/childServer.ts';
import { openCaller } from '../server/load.ts';
import { type Group, populate } from '../server/population.ts';

const megabyte = 1024 * 1024;
const part = randomBytes(limits.blobPartSizeBytes);

interface Figures {
  up: number;
  down: number;
}

export async function* transferRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-bench-'));
  try {
    const [group] = await populate(folder, 1, 1);
    const plain = await startChild('plain', folder);
    const sotto = await startChild('sotto', folder);
    const sizeBytes = (quick ? 128 : 512) * megabyte;
    const best = { plain: { up: 0, down: 0 }, sotto: { up: 0, down: 0 } };
    for (let turn = 0; turn < (quick ? 2 : 4); turn++) {
      keepBest(best.plain, await measurePlain(plain, sizeBytes));
      keepBest(best.sotto, await measureSotto(sotto, group!, sizeBytes));
    }
    for (const [name, figure] of [
      ['upload', 'up'],
      ['download', 'down'],
    ] as const) {
      const ratio = best.sotto[figure] / best.plain[figure];
      yield {
        suite: 'groups',
        name: `Server: ${name} of ${sizeBytes / megabyte} MiB beside plain HTTP`,
        value: best.sotto[figure],
        unit: 'MB/s',
        floor: best.plain[figure],
        ratio,
        aim: '>= 0.8',
        holds: ratio >= 0.8,
      };
    }
    yield await measureMemory(sotto, group!, (quick ? 512 : 2048) * megabyte);
    await plain.stop();
    await sotto.stop();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The largest resident size while a file passes both ways, beside that before. */
async function measureMemory(server: ChildServer, group: Group, sizeBytes: number): Promise<Row> {
  const before = (await server.usage()).residentBytes;
  let largest = before;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      largest = Math.max(largest, (await server.usage()).residentBytes);
      await delay(100);
    }
  })();
  await measureSotto(server, group, sizeBytes);
  isOver = true;
  await watching;
  const value = (largest - before) / megabyte;
  return {
    suite: 'groups',
    name: `Server: memory while ${sizeBytes / megabyte} MiB pass up and down`,
    value,
    unit: 'MB more',
    aim: '<= 64 MB',
    holds: value <= 64,
  };
}

async function measurePlain({ address }: ChildServer, sizeBytes: number): Promise<Figures> {
  const agent = new Agent({ keepAlive: true });
  const up = await timed(sizeBytes, () =>
    send(address, { method: 'PUT', agent, headers: { 'content-length': sizeBytes } }, sizeBytes),
  );
  const down = await timed(sizeBytes, () => receive(address, { agent }, sizeBytes));
  agent.destroy();
  return { up, down };
}

async function measureSotto({ address }: ChildServer, group: Group, sizeBytes: number): Promise<Figures> {
  const { call: callRaw, close } = await openCaller(address, group.sender);
  const call = async <I extends DescMessage, O extends DescMessage>(
    { name, input, output }: { name: string; input: I; output: O },
    value: object,
  ): Promise<MessageShape<O>> => {
    const payload = toBinary(input, create(input, value as never));
    return fromBinary(output, await callRaw(name, payload));
  };
  const agent = new Agent({ keepAlive: true });
  const hash = createHash('sha256');
  for (let at = 0; at < sizeBytes; at += part.length) hash.update(part);
  const blobId = hash.digest();
  const methods = Connection.method;
  const up = await timed(sizeBytes, async () => {
    const { ticket } = await call(methods.beginUpload, { sizeBytes: BigInt(sizeBytes) });
    for (let at = 0; at < sizeBytes; at += part.length) {
      const headers = {
        authorization: authorization(ticket),
        'content-type': 'application/octet-stream',
        'content-length': part.length,
        'upload-offset': at,
      };
      await send(`${address}/api/v1/uploads`, { method: 'PATCH', agent, headers }, part.length);
    }
    await call(methods.finishUpload, { ticket, blobId });
  });
  const { blobs } = await call(methods.openBlobs, { blobIds: [blobId] });
  const headers = { authorization: authorization(blobs[0]!.ticket) };
  const url = `${address}/api/v1/blobs/${blobId.toString('hex')}`;
  const down = await timed(sizeBytes, () => receive(url, { agent, headers }, sizeBytes));
  agent.destroy();
  close();
  return { up, down };
}

function authorization(ticket: Uint8Array): string {
  return `Sotto ${ticket.toBase64({ alphabet: 'base64url', omitPadding: true })}`;
}

/** Megabytes a second. */
async function timed(sizeBytes: number, work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return sizeBytes / 1e6 / ((performance.now() - startMs) / 1000);
}

function send(url: string, options: RequestOptions, sizeBytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (response) => {
      response.resume();
      if (response.statusCode === 204) response.on('end', resolve);
      else reject(new Error(`The server answered ${response.statusCode}.`));
    });
    pipeline(Readable.from(pieces(sizeBytes)), outgoing).catch(reject);
  });
}

function* pieces(sizeBytes: number): Generator<Buffer> {
  const size = 256 * 1024;
  for (let at = 0; at < sizeBytes; at += size) {
    const from = at % part.length;
    yield part.subarray(from, from + Math.min(size, sizeBytes - at));
  }
}

function receive(url: string, options: RequestOptions, sizeBytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, options, (response) => {
      let received = 0;
      response.on('data', (piece: Buffer) => {
        received += piece.length;
      });
      response.on('error', reject);
      response.on('end', () =>
        received === sizeBytes ? resolve() : reject(new Error(`Received ${received} bytes.`)),
      );
    })
      .on('error', reject)
      .end();
  });
}

function keepBest(best: Figures, { up, down }: Figures): void {
  best.up = Math.max(best.up, up);
  best.down = Math.max(best.down, down);
}
