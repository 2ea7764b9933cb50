/**
 * The floor of transfers: a file over plain `node:http`, written and read by streams. What arrives is hashed and
 * flushed, as it has to be by whoever names it by its hash and answers for it.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { report } from '../server/childServer.ts';

const path = join(process.argv[2]!, 'plain-file');

const server = createServer(async (request, response) => {
  if (request.method === 'PUT') {
    const hash = createHash('sha256');
    request.on('data', (piece: Buffer) => hash.update(piece));
    await pipeline(request, createWriteStream(path, { flush: true }));
    hash.digest();
    response.writeHead(204).end();
  } else {
    response.writeHead(200, { 'content-length': statSync(path).size });
    await pipeline(createReadStream(path), response);
  }
});
server.listen(0, '127.0.0.1', () => report(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
