/**
 * Bad input of issue 5: a blob that is gone, whose hash does not match, whose chunks are cut or swapped, a full quota, a full
 * disk at the server and on the device. Each fails with a reason, loses nothing, and goes well when it is tried again after
 * what was wrong is mended.
 */
import { copyFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fromBinary } from '@bufbuild/protobuf';
import { LocalFileError, type LocalFiles } from '@sotto/client';
import type { AttachmentRef, MessageView, StorageView } from '@sotto/client/api';
import {
  attachmentChunkSizeBytes,
  createAttachmentCipher,
  sealedAttachmentChunkSizeBytes,
} from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import { AttachmentSchema } from '@sotto/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { resultOf } from '../resultOf.ts';
import {
  content,
  converse,
  fileOf,
  filesOf,
  readAll,
  says,
  sees,
  send,
  serveFiles,
} from '../testing/filePlace.ts';
import type { NodeSotto } from './openSotto.ts';

const disk = vi.hoisted(() => ({ isFull: false }));
vi.mock('./nodeLocalFiles.ts', async (original) => {
  const { createNodeLocalFiles } = await original<typeof import('./nodeLocalFiles.ts')>();
  return { createNodeLocalFiles: (folder: string) => withFullDisk(createNodeLocalFiles(folder)) };
});
function withFullDisk(files: LocalFiles): LocalFiles {
  return {
    ...files,
    async open(name) {
      const file = await files.open(name);
      return {
        ...file,
        write: async (offset, bytes) => {
          if (disk.isFull) throw new LocalFileError('full');
          await file.write(offset, bytes);
        },
      };
    },
  };
}
afterEach(() => {
  disk.isFull = false;
});

const chunk = sealedAttachmentChunkSizeBytes;
const provider = await loadNodeProvider();
const place = serveFiles(['vera', 'otto'], { SOTTO_BLOB_QUOTA: '8 MB' });
let sent = 0;

interface Sent {
  readonly otto: NodeSotto;
  readonly message: MessageView;
  readonly ref: AttachmentRef;
  readonly file: Uint8Array;
  /** The ciphertext at the server. */
  readonly path: string;
  readonly key: Uint8Array;
}

/** Vera sends Otto a file of five chunks and closes. */
async function sendFile(): Promise<Sent> {
  const [vera, otto] = [await place.open('vera'), await place.open('otto')];
  const text = `file ${sent++}`;
  const conversationId = await converse(vera, 'otto');
  const file = content(5 * attachmentChunkSizeBytes);
  const messageId = await send(vera, conversationId, text, fileOf(new Blob([file])));
  await sees(vera, conversationId, (one) => one.messageId === messageId && one.state === 'sent');
  await place.close(vera);
  const database = new DatabaseSync(join(place.folder, 'vera', 'device.sqlite'));
  const row = database.prepare('SELECT content FROM attachment WHERE message_id = ?').get(messageId);
  database.close();
  const { blobId, key } = fromBinary(AttachmentSchema, row?.content as Uint8Array);
  const name = blobId.toHex();
  const path = join(place.folder, 'server', 'blobs', name.slice(0, 2), name.slice(2));
  const theirs = await converse(otto, 'vera');
  const message = await sees(otto, theirs, says(text));
  const ref = { conversationId: theirs, messageId: message.messageId, index: 0 };
  return { otto, message, ref, file, path, key };
}

const hasTransfer = (
  sotto: NodeSotto,
  { conversationId, messageId }: AttachmentRef,
  transfer: object,
): Promise<MessageView> =>
  sees(sotto, conversationId, (one) => {
    const found = filesOf(one)[0]?.transfer;
    return (
      one.messageId === messageId &&
      Object.entries(transfer).every(([name, value]) => found?.[name as keyof typeof found] === value)
    );
  });

describe('a blob at the server fails with its reason, and is fetched once it is whole again', () => {
  const harms: readonly [string, string, (sent: Sent) => void][] = [
    ['that is gone', 'gone', ({ path }) => rmSync(path)],
    ['that is truncated in a chunk', 'gone', ({ path }) => truncateSync(path, 2 * chunk + 1000)],
    ['that is truncated between chunks', 'gone', ({ path }) => truncateSync(path, 3 * chunk)],
    ['that is empty', 'gone', ({ path }) => truncateSync(path, 0)],
    [
      'of which two chunks are swapped',
      'damaged',
      ({ path }) => {
        const bytes = readFileSync(path);
        const [one, two] = [bytes.subarray(chunk, 2 * chunk), bytes.subarray(2 * chunk, 3 * chunk)];
        writeFileSync(path, Buffer.concat([bytes.subarray(0, chunk), two, one, bytes.subarray(3 * chunk)]));
      },
    ],
    [
      'of which one bit is another',
      'damaged',
      ({ path }) => {
        const bytes = readFileSync(path);
        bytes[4 * chunk + 7]! ^= 1;
        writeFileSync(path, bytes);
      },
    ],
    [
      'whose hash does not match, though every chunk opens under the key of the message',
      'damaged',
      ({ path, key, file }) => {
        const cipher = createAttachmentCipher(provider, key, file.length);
        const other = content(attachmentChunkSizeBytes);
        const bytes = readFileSync(path);
        bytes.set(cipher.seal(3, other), 3 * chunk);
        writeFileSync(path, bytes);
      },
    ],
  ];
  it.each(harms)('%s', async (_name, reason, harm) => {
    const sent = await sendFile();
    const { otto, ref, file, message, path } = sent;
    const whole = join(place.folder, 'whole');
    copyFileSync(path, whole);
    harm(sent);
    expect(await otto.fetchAttachment(ref)).toEqual({ kind: 'problem', problem: { kind: reason } });
    await hasTransfer(otto, ref, { kind: 'failed', reason });
    // The message is what it was, and the chats go on.
    expect(
      (await sees(otto, ref.conversationId, (one) => one.messageId === ref.messageId)).body,
    ).toMatchObject({ kind: 'text', text: (message.body as { text: string }).text });
    copyFileSync(whole, path);
    await otto.resumeTransfer(ref);
    await hasTransfer(otto, ref, { kind: 'here' });
    expect((await readAll(otto, message)).equals(file)).toBe(true);
  });

  it('and a part of it is still read where that part is sound', async () => {
    const { otto, ref, file, path } = await sendFile();
    const bytes = readFileSync(path);
    bytes[4 * chunk + 7]! ^= 1;
    writeFileSync(path, bytes);
    const read = (index: number) =>
      otto.readAttachment(ref, index * attachmentChunkSizeBytes, (index + 1) * attachmentChunkSizeBytes);
    const sound = resultOf(await read(1));
    expect(
      Buffer.from(sound).equals(file.subarray(attachmentChunkSizeBytes, 2 * attachmentChunkSizeBytes)),
    ).toBe(true);
    expect(await read(4)).toEqual({ kind: 'problem', problem: { kind: 'damaged' } });
  });
});

describe('what cannot be sent waits with its reason, and goes once there is room', () => {
  it('where the quota at the server is full', async () => {
    const vera = await place.open('vera');
    const conversationId = await converse(vera, 'otto');
    const quota = roomOf(await vera.readStorage());
    const first = await send(
      vera,
      conversationId,
      'fills it',
      fileOf(new Blob([content(quota.free - 200_000)])),
    );
    await sees(vera, conversationId, (one) => one.messageId === first && one.state === 'sent');
    const file = content(300_000);
    const messageId = await send(vera, conversationId, 'too much', fileOf(new Blob([file])));
    const ref = { conversationId, messageId, index: 0 };
    const waiting = await hasTransfer(vera, ref, { kind: 'failed', reason: 'quotaFull' });
    expect(waiting.state).toBe('waiting');
    await vera.sendText(conversationId, 'a text goes past it');
    await sees(vera, conversationId, (one) => says('a text goes past it')(one) && one.state === 'sent');
    // As full as before: it is refused again.
    await vera.resumeTransfer(ref);
    await hasTransfer(vera, ref, { kind: 'failed', reason: 'quotaFull' });
    resultOf(await vera.deleteMessages(conversationId, [first], true));
    await expect.poll(async () => roomOf(await vera.readStorage()).free).toBeGreaterThan(400_000);
    await vera.resumeTransfer(ref);
    await sees(vera, conversationId, (one) => one.messageId === messageId && one.state === 'sent');
    const otto = await place.open('otto');
    const message = await sees(otto, await converse(otto, 'vera'), says('too much'));
    expect((await readAll(otto, message)).equals(file)).toBe(true);
  });

  it('where the disk of the server takes nothing, once it does', async () => {
    const vera = await place.open('vera');
    const conversationId = await converse(vera, 'otto');
    const uploads = join(place.folder, 'server', 'blobs', 'uploads');
    renameSync(uploads, `${uploads}-away`);
    writeFileSync(uploads, '');
    const file = content(400_000);
    const messageId = await send(vera, conversationId, 'disk', fileOf(new Blob([file])));
    const ref = { conversationId, messageId, index: 0 };
    const waiting = await hasTransfer(vera, ref, { kind: 'failed', reason: 'unavailable' });
    expect(waiting.state).toBe('waiting');
    rmSync(uploads);
    renameSync(`${uploads}-away`, uploads);
    await vera.resumeTransfer(ref);
    await sees(vera, conversationId, (one) => one.messageId === messageId && one.state === 'sent');
    const otto = await place.open('otto');
    const message = await sees(otto, await converse(otto, 'vera'), says('disk'));
    expect((await readAll(otto, message)).equals(file)).toBe(true);
  });

  it('where the disk of the device is full, at the sender and at who fetches', async () => {
    const vera = await place.open('vera');
    const conversationId = await converse(vera, 'otto');
    const file = content(400_000);
    disk.isFull = true;
    const messageId = await send(vera, conversationId, 'no room', fileOf(new Blob([file])));
    const own = { conversationId, messageId, index: 0 };
    const waiting = await hasTransfer(vera, own, { kind: 'failed', reason: 'noSpace' });
    expect(waiting.state).toBe('waiting');
    await vera.resumeTransfer(own);
    await hasTransfer(vera, own, { kind: 'failed', reason: 'noSpace' });
    disk.isFull = false;
    await vera.resumeTransfer(own);
    await sees(vera, conversationId, (one) => one.messageId === messageId && one.state === 'sent');

    const otto = await place.open('otto');
    const message = await sees(otto, await converse(otto, 'vera'), says('no room'));
    const ref = { conversationId: message.conversationId, messageId, index: 0 };
    disk.isFull = true;
    expect(await otto.fetchAttachment(ref)).toEqual({ kind: 'problem', problem: { kind: 'noSpace' } });
    await hasTransfer(otto, ref, { kind: 'failed', reason: 'noSpace' });
    disk.isFull = false;
    await otto.resumeTransfer(ref);
    await hasTransfer(otto, ref, { kind: 'here' });
    expect((await readAll(otto, message)).equals(file)).toBe(true);
  });
});

function roomOf({ serverBytes, serverQuotaBytes }: StorageView): { readonly free: number } {
  if (serverBytes === null || serverQuotaBytes === null) throw new Error('The server was not asked');
  return { free: serverQuotaBytes - serverBytes };
}
