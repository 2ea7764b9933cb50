import { createSocket } from 'node:dgram';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPublicLookup } from './publicLookup.ts';

/** Names that a name server of the test answers; for all others it is silent. */
const known: Record<string, readonly string[]> = {
  'push.test': ['8.8.8.8'],
  'inside.test': ['10.0.0.1', '127.0.0.1'],
  'both.test': ['192.168.0.1', '8.8.4.4'],
};
const nameServer = () => createSocket('udp4');
let server: ReturnType<typeof nameServer>;
let asked: Set<string>;
let lookup: (host: string) => Promise<LookupAddress[] | 'failed'>;

beforeEach(async () => {
  server = nameServer();
  asked = new Set();
  server.on('message', (query, { port, address }) => {
    const name = nameOf(query);
    asked.add(name);
    if (known[name] !== undefined) server.send(answerTo(query, known[name]), port, address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const look = createPublicLookup([`127.0.0.1:${server.address().port}`]);
  lookup = (host) =>
    new Promise((resolve) => {
      look(host, { all: true }, (error, found) =>
        resolve(error === null ? (found as LookupAddress[]) : 'failed'),
      );
    });
});
afterEach(() => server.close());

function nameOf(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; query[at] !== 0; at += 1 + query[at]!)
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!));
  return labels.join('.').toLowerCase();
}

/** RFC 1035 §4.1: the question again, and an A record for each address; none to who asks for AAAA. */
function answerTo(query: Buffer, addresses: readonly string[]): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const told = query.readUInt16BE(end - 4) === 1 ? addresses : [];
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  for (const [count, at] of [1, told.length, 0, 0].map((count, i) => [count, 4 + 2 * i] as const))
    head.writeUInt16BE(count, at);
  const records = told.map((address) =>
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([head, query.subarray(12, end), ...records]);
}

describe('where push services are', () => {
  it('is found at once beside many names that nobody answers for', async () => {
    for (let i = 0; i < 60; i++) void lookup(`silent-${i}.test`);
    // One after the other they would take minutes.
    await expect.poll(() => asked.size, { timeout: 30_000 }).toBe(60);
    expect(await lookup('push.test')).toEqual([{ address: '8.8.8.8', family: 4 }]);
  });

  it('is a public address, or the call fails', async () => {
    expect(await lookup('inside.test')).toBe('failed');
    expect(await lookup('both.test')).toEqual([{ address: '8.8.4.4', family: 4 }]);
  });
});
