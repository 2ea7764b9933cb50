/** Files in an export, and what becomes of files whose messages are deleted for everyone, over the real server. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportEverything } from '../exportEverything.ts';
import { resultOf } from '../resultOf.ts';
import { content, converse, fileOf, filesOf, says, sees, send, serveFiles } from '../testing/filePlace.ts';

const place = serveFiles(['nina', 'olav', 'pia']);

/** Blobs on the server's disk. */
function blobsAtServer(): string[] {
  const folder = join(place.folder, 'server', 'blobs');
  return readdirSync(folder)
    .filter((name) => name.length === 2)
    .flatMap((name) => readdirSync(join(folder, name)).map((rest) => name + rest));
}

it('a blob is deleted at the server once every message that holds it is deleted for everyone', async () => {
  const [nina, olav, pia] = [await place.open('nina'), await place.open('olav'), await place.open('pia')];
  const withOlav = await converse(nina, 'olav');
  const withPia = await converse(nina, 'pia');
  expect(blobsAtServer()).toEqual([]);
  const file = content(200_000);
  const first = await send(nina, withOlav, 'a file', fileOf(new Blob([file])));
  await sees(nina, withOlav, (one) => one.messageId === first && one.state === 'sent');
  const [blobId] = blobsAtServer();
  expect(blobId).toMatch(/^[0-9a-f]{64}$/);

  // Forwarded it is the same blob, held twice: nothing is uploaded again.
  resultOf(await nina.forwardMessages(withOlav, [first], [withPia]));
  const forwarded = await sees(nina, withPia, (one) => says('a file')(one) && one.state === 'sent');
  expect(blobsAtServer()).toEqual([blobId]);
  resultOf(await nina.deleteMessages(withOlav, [first], true));
  const atOlav = await converse(olav, 'nina');
  await sees(olav, atOlav, (one) => one.messageId === first && one.body.kind === 'deleted');
  const gone = await olav.readAttachment({ conversationId: atOlav, messageId: first, index: 0 }, 0, 10);
  expect(gone).toEqual({ kind: 'problem', problem: { kind: 'unknownMessage' } });
  const atPia = await converse(pia, 'nina');
  const theirs = await sees(pia, atPia, says('a file'));
  const ref = { conversationId: atPia, messageId: theirs.messageId, index: 0 };
  expect(resultOf(await pia.readAttachment(ref, 0, 200_000)).length).toBe(200_000);
  expect(blobsAtServer()).toEqual([blobId]);

  resultOf(await nina.deleteMessages(withPia, [forwarded.messageId], true));
  await expect.poll(blobsAtServer).toEqual([]);
  expect((await nina.readStorage()).serverBytes).toBe(0);
  // Nor does anything of it stay on the devices.
  await sees(pia, atPia, (one) => one.messageId === theirs.messageId && one.body.kind === 'deleted');
  for (const name of ['nina', 'olav', 'pia']) {
    const folder = join(place.folder, name, 'files');
    await expect.poll(() => (existsSync(folder) ? readdirSync(folder) : [])).toEqual([]);
  }
});

it('an export fetches what is not here, and names what the server has lost', async () => {
  const [nina, olav] = [await place.open('nina'), await place.open('olav')];
  const withOlav = await converse(nina, 'olav');
  const before = new Set(blobsAtServer());
  const file = content(3_000_000);
  const kept = await send(nina, withOlav, 'kept', fileOf(new Blob([file]), { name: 'kept.bin' }));
  await sees(nina, withOlav, (one) => one.messageId === kept && one.state === 'sent');
  const [keptBlob] = blobsAtServer().filter((blob) => !before.has(blob));
  const lost = await send(nina, withOlav, 'lost', fileOf(new Blob([content(5_000)]), { name: 'lost.bin' }));
  await sees(nina, withOlav, (one) => one.messageId === lost && one.state === 'sent');
  const [lostBlob] = blobsAtServer().filter((blob) => blob !== keptBlob && !before.has(blob));
  const atOlav = await converse(olav, 'nina');
  const message = await sees(olav, atOlav, says('lost'));
  expect(filesOf(message)[0]?.transfer.kind).toBe('remote');
  rmSync(join(place.folder, 'server', 'blobs', lostBlob!.slice(0, 2), lostBlob!.slice(2)));
  const progress: number[] = [];
  const pieces = await Array.fromAsync(
    exportEverything(olav, { conversationId: atOlav, onProgress: (done) => progress.push(done) }),
  );
  const archive = Buffer.concat(pieces);
  expect(archive.includes(file)).toBe(true);
  expect(archive.includes(' kept.bin')).toBe(true);
  expect(archive.includes(' lost.bin')).toBe(false);
  expect(progress.at(-1)).toBe(1);
  expect([...progress].sort((a, b) => a - b)).toEqual(progress);
  await sees(olav, atOlav, (one) => one.messageId === kept && filesOf(one)[0]?.transfer.kind === 'here');
});
