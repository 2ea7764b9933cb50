import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idToBytes, limits } from '@sotto/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { createServer, type RunningServer } from '../createServer.ts';
import { unlimitedRates } from '../rates.ts';
import {
  authorization,
  beginUpload,
  download,
  hashOf,
  openBlob,
  sendPart,
  upload,
  uploadOffset,
} from '../testing/blobClient.ts';
import { connectSocket, signInOver } from '../testing/socketClient.ts';
import { createTestAccount, messageAppend, register } from '../testing/testClient.ts';
import { converse } from '../testing/testServer.ts';

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-blobs-'));
  const read = readConfig({});
  if (read.kind === 'invalid') throw new Error(read.sentence);
  const config = {
    ...read.config,
    port: 0,
    callsPort: null,
    dataFolder: folder,
    blobQuotaBytes: 100_000_000,
  };
  const outcome = await createServer({ config, rates: unlimitedRates });
  if (outcome.kind === 'refused') throw new Error(outcome.sentence);
  server = outcome.server;
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

let names = 0;
async function enter() {
  names += 1;
  const account = createTestAccount(`user-${names}`);
  expect(await register(signInOver(server.address), account)).toBeNull();
  const connection = await connectSocket(server.address);
  await connection.authenticate(account);
  return { account, connection };
}

describe('blobs over HTTP', () => {
  it('are uploaded in parts, held by a message and downloaded by the members, whole and in ranges', async () => {
    const { address } = server;
    const [ann, bob, eve] = [await enter(), await enter(), await enter()];
    const bytes = randomBytes(300_000);
    const blobId = hashOf(bytes);
    const ticket = await beginUpload(ann.connection, bytes.length);
    expect(await uploadOffset(address, ticket)).toBe(0);
    expect(await sendPart(address, ticket, 0, bytes.subarray(0, 200_000))).toMatchObject({ status: 204 });
    expect(await uploadOffset(address, ticket)).toBe(200_000);
    const early = await ann.connection.call('finishUpload', { ticket, blobId });
    expect(early).toMatchObject({ error: { code: 'upload_incomplete' } });
    const last = await sendPart(address, ticket, 200_000, bytes.subarray(200_000));
    expect([last.status, last.headers.get('upload-offset')]).toEqual([204, '300000']);
    for (let i = 0; i < 2; i += 1) {
      expect(await ann.connection.call('finishUpload', { ticket, blobId })).toMatchObject({ kind: 'done' });
    }
    const conversationId = await converse(ann.connection, ann.account, bob.account);
    const sent = await ann.connection.call('append', {
      ...messageAppend(conversationId, 1n, 'look'),
      blobIds: [blobId],
    });
    expect(sent).toMatchObject({ kind: 'done' });
    for (const { connection } of [ann, bob]) {
      const pass = (await openBlob(connection, blobId, conversationId))!;
      const whole = await download(address, pass, blobId);
      expect(whole.status).toBe(200);
      expect(Buffer.compare(whole.bytes, bytes)).toBe(0);
      const part = await download(address, pass, blobId, { range: 'bytes=1000-1999' });
      expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 1000-1999/300000']);
      expect(Buffer.compare(part.bytes, bytes.subarray(1000, 2000))).toBe(0);
    }
    const stranger = await eve.connection.call('openBlobs', {
      conversationId: idToBytes(conversationId),
      blobIds: [blobId],
    });
    expect(stranger).toMatchObject({ error: { code: 'not_a_member' } });
    expect(await openBlob(eve.connection, blobId)).toBeNull();
  });

  it('are served so that no browser shows or runs them', async () => {
    const ann = await enter();
    const blobId = await upload(server.address, ann.connection, Buffer.from('<svg onload="alert(1)"></svg>'));
    const ticket = (await openBlob(ann.connection, blobId))!;
    const { headers } = await download(server.address, ticket, blobId);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toBe('attachment');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });

  it('refuses what is larger than a file may be, nothing, and what the quota has no room for', async () => {
    const ann = await enter();
    const begin = async (sizeBytes: bigint) => {
      const begun = await ann.connection.call('beginUpload', { sizeBytes });
      return begun.kind === 'refused' ? begun.error.code : 'done';
    };
    expect(await begin(BigInt(limits.blobSizeBytes) + 1n)).toBe('too_large');
    expect(await begin(2n ** 64n - 1n)).toBe('too_large');
    expect(await begin(0n)).toBe('malformed');
    expect(await begin(60_000_000n)).toBe('done');
    expect(await begin(60_000_000n)).toBe('quota_exceeded');
    expect(await ann.connection.call('readBlobUsage', {})).toMatchObject({
      value: { usedBytes: 60_000_000n, quotaBytes: 100_000_000n },
    });
  });

  it('refuses wrong offsets, and says where the upload ends', async () => {
    const ann = await enter();
    const ticket = await beginUpload(ann.connection, 1000);
    await sendPart(server.address, ticket, 0, randomBytes(400));
    for (const offset of [0, 399, 401, 1000, 2 ** 40]) {
      const answer = await sendPart(server.address, ticket, offset, randomBytes(10));
      expect([answer.status, answer.code]).toEqual([409, 'wrong_offset']);
      expect(answer.headers.get('upload-offset')).toBe('400');
    }
    for (const offset of ['', '-1', '1e2', '0x10', '400, 400', ' ']) {
      const answer = await sendPart(server.address, ticket, 0, randomBytes(10), { 'upload-offset': offset });
      expect([answer.status, answer.code]).toEqual([400, 'malformed']);
    }
    expect(await uploadOffset(server.address, ticket)).toBe(400);
  });

  it('refuses more than was announced, and parts that are too large', async () => {
    const ann = await enter();
    const ticket = await beginUpload(ann.connection, 1000);
    expect(await sendPart(server.address, ticket, 0, randomBytes(1001))).toMatchObject({ code: 'too_large' });
    const offset = await uploadOffset(server.address, ticket);
    expect(offset).toBeLessThanOrEqual(1000);
    const large = await beginUpload(ann.connection, 3 * limits.blobPartSizeBytes);
    const part = new Uint8Array(limits.blobPartSizeBytes + 1);
    const answer = await sendPart(server.address, large, 0, part).catch(() => ({ code: 'too_large' }));
    expect(answer).toMatchObject({ code: 'too_large' });
    expect(await uploadOffset(server.address, large)).toBeLessThanOrEqual(limits.blobPartSizeBytes);
  });

  it('makes no blob of content with another hash, and lets go of it', async () => {
    const ann = await enter();
    const bytes = randomBytes(5000);
    const ticket = await beginUpload(ann.connection, bytes.length);
    await sendPart(server.address, ticket, 0, bytes);
    const finish = (blobId: Uint8Array) => ann.connection.call('finishUpload', { ticket, blobId });
    expect(await finish(hashOf(Buffer.from('other')))).toMatchObject({ error: { code: 'blob_mismatch' } });
    expect(await finish(hashOf(bytes))).toMatchObject({ error: { code: 'upload_unknown' } });
    expect(await ann.connection.call('readBlobUsage', {})).toMatchObject({ value: { usedBytes: 0n } });
    expect(await finish(new Uint8Array(31))).toMatchObject({ error: { code: 'malformed' } });
  });

  it('takes a ticket for what it was given for alone', async () => {
    const { address } = server;
    const [ann, eve] = [await enter(), await enter()];
    const [one, two] = [randomBytes(100), randomBytes(100)];
    const first = await upload(address, ann.connection, one);
    const second = await upload(address, ann.connection, two);
    const pass = (await openBlob(ann.connection, first))!;
    const uploading = await beginUpload(ann.connection, 100);
    // Swapped between blobs, between up and down, altered, cut, nonsense.
    expect(await download(address, pass, second)).toMatchObject({ status: 403, code: 'ticket_refused' });
    expect(await download(address, uploading, first)).toMatchObject({ status: 403, code: 'ticket_refused' });
    expect(await sendPart(address, pass, 0, one)).toMatchObject({ status: 403, code: 'ticket_refused' });
    const later = Uint8Array.from(pass);
    later[0]! ^= 1;
    for (const wrong of [
      later,
      pass.subarray(0, 39),
      pass.subarray(0, 8),
      new Uint8Array(40),
      Buffer.alloc(90),
    ]) {
      expect(await download(address, wrong, first)).toMatchObject({ status: 403, code: 'ticket_refused' });
    }
    for (const authorization of [
      '',
      'Sotto',
      'Sotto ',
      'Sotto ===',
      'Bearer abc',
      `Sotto ${'a'.repeat(200)}`,
    ]) {
      const answer = await download(address, pass, first, { authorization });
      expect(answer).toMatchObject({ status: 403, code: 'ticket_refused' });
    }
    // Another account cannot finish or cancel it, though it may have the ticket.
    await sendPart(address, uploading, 0, one);
    const stolen = { ticket: uploading, blobId: hashOf(one) };
    expect(await eve.connection.call('finishUpload', stolen)).toMatchObject({
      error: { code: 'upload_unknown' },
    });
    await eve.connection.call('cancelUpload', { ticket: uploading });
    expect(await uploadOffset(address, uploading)).toBe(100);
    // Used up: what is a blob takes no more bytes, and one that was cancelled neither.
    expect(await ann.connection.call('finishUpload', stolen)).toMatchObject({ kind: 'done' });
    expect(await uploadOffset(address, uploading)).toEqual({ status: 403 });
    expect(await sendPart(address, uploading, 100, one)).toMatchObject({ status: 403 });
    const cancelled = await beginUpload(ann.connection, 100);
    await sendPart(address, cancelled, 0, one);
    await ann.connection.call('cancelUpload', { ticket: cancelled });
    expect(await sendPart(address, cancelled, 100, one)).toMatchObject({ status: 403 });
  });

  it('finds nothing under names that are paths', async () => {
    const ann = await enter();
    const ticket = await beginUpload(ann.connection, 10);
    const headers = { authorization: authorization(ticket) };
    for (const name of [
      '..%2f..%2fsotto.db',
      '%2e%2e',
      'uploads',
      'A'.repeat(64),
      `${'a'.repeat(64)}.txt`,
      '%00',
    ]) {
      const answer = await fetch(`${server.address}/api/v1/blobs/${name}`, { headers });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect((await answer.arrayBuffer()).byteLength).toBeLessThan(100);
    }
  });

  it('answers ranges beyond the end with 416, and odd ones with the whole', async () => {
    const ann = await enter();
    const bytes = randomBytes(1000);
    const blobId = await upload(server.address, ann.connection, bytes);
    const ticket = (await openBlob(ann.connection, blobId))!;
    const get = async (range: string) => {
      const answer = await download(server.address, ticket, blobId, { range });
      return [answer.status, answer.bytes.length, answer.headers.get('content-range')];
    };
    expect(await get('bytes=1000-')).toEqual([416, 0, 'bytes */1000']);
    expect(await get('bytes=-10')).toEqual([206, 10, 'bytes 990-999/1000']);
    expect(await get('bytes=990-5000')).toEqual([206, 10, 'bytes 990-999/1000']);
    expect(await get('bytes=-5000')).toEqual([206, 1000, 'bytes 0-999/1000']);
    expect(await get('bytes=0-1,5-6')).toEqual([200, 1000, null]);
    expect(await get('bytes=9-1')).toEqual([200, 1000, null]);
    expect(await get('lines=1-2')).toEqual([200, 1000, null]);
  });

  it('says of a blob that is gone that it is gone', async () => {
    const ann = await enter();
    const bob = await enter();
    const blobId = await upload(server.address, ann.connection, randomBytes(100));
    const conversationId = await converse(ann.connection, ann.account, bob.account);
    const sent = await ann.connection.call('append', {
      ...messageAppend(conversationId, 1n, 'look'),
      blobIds: [blobId],
    });
    if (sent.kind === 'refused') throw new Error(sent.error.code);
    const ticket = (await openBlob(bob.connection, blobId, conversationId))!;
    const release = { conversationId: idToBytes(conversationId), seqs: [sent.value.seq] };
    // Another's word deletes nothing.
    expect(await bob.connection.call('releaseBlobs', release)).toMatchObject({ kind: 'done' });
    expect(await download(server.address, ticket, blobId)).toMatchObject({ status: 200 });
    expect(await ann.connection.call('releaseBlobs', release)).toMatchObject({ kind: 'done' });
    await expect.poll(async () => (await download(server.address, ticket, blobId)).code).toBe('blob_unknown');
    expect(await openBlob(bob.connection, blobId, conversationId)).toBeNull();
    const again = { ...messageAppend(conversationId, 1n, 'again'), blobIds: [blobId] };
    expect(await ann.connection.call('append', again)).toMatchObject({ error: { code: 'blob_unknown' } });
  });

  it('keeps what arrived of a part that broke off, and ends a part for which a newer request comes', async () => {
    const { address } = server;
    const ann = await enter();
    const bytes = randomBytes(600_000);
    const ticket = await beginUpload(ann.connection, bytes.length);
    const hanging = startPart(address, ticket, 0, 600_000);
    const ended = new Promise((resolve) => hanging.on('close', resolve));
    hanging.write(bytes.subarray(0, 200_000));
    const arrived = async () => {
      const files = readdirSync(join(folder, 'blobs', 'uploads'));
      const sizes = files.map((name) => statSync(join(folder, 'blobs', 'uploads', name)).size);
      return sizes.includes(200_000);
    };
    await expect.poll(arrived).toBe(true);
    // The client believes that the connection is gone, the server does not know it yet.
    expect(await uploadOffset(address, ticket)).toBe(200_000);
    await ended;
    expect(await sendPart(address, ticket, 200_000, bytes.subarray(200_000))).toMatchObject({ status: 204 });
    const finished = await ann.connection.call('finishUpload', { ticket, blobId: hashOf(bytes) });
    expect(finished).toMatchObject({ kind: 'done' });
  });

  it('takes 1,000 uploads at once', async () => {
    const { address } = server;
    const people = await Promise.all(Array.from({ length: 20 }, () => enter()));
    const finished = await Promise.all(
      Array.from({ length: 1000 }, async (_, at) => {
        const { connection } = people[at % people.length]!;
        const bytes = randomBytes(2000);
        return (await upload(address, connection, bytes)).toHex();
      }),
    );
    expect(new Set(finished).size).toBe(1000);
  });

  it('takes requests of no other site', async () => {
    const ann = await enter();
    const blobId = await upload(server.address, ann.connection, randomBytes(10));
    const ticket = (await openBlob(ann.connection, blobId))!;
    const origin = 'https://elsewhere.example';
    expect(await download(server.address, ticket, blobId, { origin })).toMatchObject({ status: 403 });
    const uploading = await beginUpload(ann.connection, 10);
    const sent = await sendPart(server.address, uploading, 0, randomBytes(10), { origin });
    expect(sent).toMatchObject({ status: 403 });
    expect(await uploadOffset(server.address, uploading)).toBe(0);
  });
});

/** A part whose body the test writes as it likes. */
function startPart(address: string, ticket: Uint8Array, offset: number, sizeBytes: number): ClientRequest {
  const outgoing = request(`${address}/api/v1/uploads`, {
    method: 'PATCH',
    headers: {
      authorization: authorization(ticket),
      'content-type': 'application/octet-stream',
      'content-length': sizeBytes,
      'upload-offset': offset,
    },
  });
  outgoing.on('error', () => {});
  return outgoing;
}
