/** Files between two devices in Node, over the real server as a process. */
import { openAsBlob, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resultOf } from '../resultOf.ts';
import {
  content,
  converse,
  fileOf,
  filesOf,
  online,
  readAll,
  says,
  sees,
  send,
  serveFiles,
} from '../testing/filePlace.ts';

const names = ['mira', 'tomas'];
const place = serveFiles(names);

describe('files over the server', () => {
  it('arrive as they were sent, with what the sender says of them', async () => {
    const [mira, tomas] = [await place.open('mira'), await place.open('tomas')];
    const conversationId = await converse(mira, 'tomas');
    const photo = content(300_000);
    const path = join(place.folder, 'notes.txt');
    writeFileSync(path, 'from a file on the disk');
    await send(
      mira,
      conversationId,
      'look',
      fileOf(new Blob([photo]), {
        kind: 'photo',
        name: 'sea.jpg',
        mediaType: 'image/jpeg',
        width: 4,
        height: 3,
      }),
      fileOf(await openAsBlob(path), { name: '../\u202etxt.notes' }),
    );
    const theirs = await converse(tomas, 'mira');
    const message = await sees(tomas, theirs, says('look'));
    expect(filesOf(message)).toMatchObject([
      { kind: 'photo', name: 'sea.jpg', mediaType: 'image/jpeg', sizeBytes: 300_000, width: 4, height: 3 },
      { kind: 'file', name: 'txt.notes', mediaType: 'application/octet-stream', sizeBytes: 23 },
    ]);
    expect(filesOf(message)[0]?.transfer).toEqual({ kind: 'remote' });
    expect((await readAll(tomas, message)).equals(photo)).toBe(true);
    expect(new TextDecoder().decode(await readAll(tomas, message, 1))).toBe('from a file on the disk');
    await sees(tomas, theirs, (one) => filesOf(one)[0]?.transfer.kind === 'here');
    const own = await sees(mira, conversationId, (one) => says('look')(one) && one.state === 'sent');
    expect(filesOf(own).map(({ transfer }) => transfer.kind)).toEqual(['here', 'here']);
    // What lies on either disk is ciphertext.
    for (const name of names) {
      for (const file of readdirSync(join(place.folder, name, 'files'))) {
        expect(readFileSync(join(place.folder, name, 'files', file)).includes('from a file')).toBe(false);
      }
    }
  });

  it('go on where they ended: paused, over a killed server, and over a restart of the sender', async () => {
    const mira = await place.open('mira');
    const conversationId = await converse(mira, 'tomas');
    const file = content(24 * 1024 * 1024 + 5);
    const sending = mira.sendMessage(conversationId, {
      text: 'large',
      attachments: [fileOf(new Blob([file]))],
    });
    await mira.sendText(conversationId, 'a later text does not wait');
    const messageId = resultOf(await sending);
    await mira.pauseTransfer({ conversationId, messageId, index: 0 });
    const paused = await sees(mira, conversationId, (one) => {
      const [view] = filesOf(one);
      return one.messageId === messageId && view?.transfer.kind === 'uploading' && view.transfer.paused;
    });
    expect(paused.state).toBe('waiting');
    await sees(
      mira,
      conversationId,
      (one) => says('a later text does not wait')(one) && one.state === 'sent',
    );
    await place.close(mira);
    await place.server.kill();
    await place.server.start();
    const again = await place.open('mira');
    const stored = await sees(again, conversationId, (one) => one.messageId === messageId);
    expect(filesOf(stored)[0]?.transfer).toMatchObject({ kind: 'uploading', paused: true });
    await online(again);
    await again.resumeTransfer({ conversationId, messageId, index: 0 });
    await sees(again, conversationId, (one) => one.messageId === messageId && one.state === 'sent');
    const tomas = await place.open('tomas');
    const theirs = await converse(tomas, 'mira');
    const message = await sees(tomas, theirs, says('large'));
    const ref = { conversationId: theirs, messageId: message.messageId, index: 0 };
    // A part in the middle comes without the rest.
    const middle = resultOf(await tomas.readAttachment(ref, 20_000_000, 20_100_000));
    expect(Buffer.from(middle).equals(file.subarray(20_000_000, 20_100_000))).toBe(true);
    resultOf(await tomas.fetchAttachment(ref));
    expect((await readAll(tomas, message)).equals(file)).toBe(true);
    expect((await tomas.readStorage()).fetchedBytes).toBeGreaterThan(file.length);
    await tomas.clearFetched();
    expect((await tomas.readStorage()).fetchedBytes).toBe(0);
    expect(
      (await tomas.readGallery({ conversationId: theirs, kind: 'files', limit: 5 })).messages.map(
        ({ messageId }) => messageId,
      ),
    ).toContain(messageId);
  });

  it('are discarded before they left, and nothing of them stays on the disk', async () => {
    const mira = await place.open('mira');
    const conversationId = await converse(mira, 'tomas');
    await place.server.kill();
    const messageId = await send(mira, conversationId, 'never sent', fileOf(new Blob([content(100_000)])));
    const before = readdirSync(join(place.folder, 'mira', 'files')).length;
    await mira.cancelTransfer({ conversationId, messageId, index: 0 });
    await place.server.start();
    const { messages } = await mira.readMessages({ conversationId, limit: 100 });
    expect(messages.some(says('never sent'))).toBe(false);
    await expect.poll(() => readdirSync(join(place.folder, 'mira', 'files')).length).toBeLessThan(before);
    const none = await mira.readAttachment({ conversationId, messageId, index: 0 }, 0, 5);
    expect(none).toEqual({ kind: 'problem', problem: { kind: 'unknownMessage' } });
    const tooMuch = await mira.readAttachment({ conversationId, messageId, index: 0 }, 0, 5_000_000);
    expect(tooMuch).toEqual({ kind: 'problem', problem: { kind: 'malformed' } });
  });

  it('are seen once where they are sent so: the other side has no key after it, and the sender is told', async () => {
    const [mira, tomas] = [await place.open('mira'), await place.open('tomas')];
    const conversationId = await converse(mira, 'tomas');
    const photo = content(70_000);
    const once = fileOf(new Blob([photo]), { kind: 'photo', views: 1, thumbnail: Uint8Array.of(1) });
    await send(mira, conversationId, 'once', once);
    const theirs = await converse(tomas, 'mira');
    const message = await sees(tomas, theirs, says('once'));
    const ref = { conversationId: theirs, messageId: message.messageId, index: 0 };
    expect(filesOf(message)[0]).toMatchObject({
      views: { limit: 1, state: 'closed' },
      thumbnail: new Uint8Array(0),
    });
    expect(await tomas.readAttachment(ref, 0, 10)).toEqual({ kind: 'problem', problem: { kind: 'opened' } });
    resultOf(await tomas.beginView(theirs, message.messageId));
    expect((await readAll(tomas, message)).equals(photo)).toBe(true);
    await tomas.endView(theirs, message.messageId);
    expect(await tomas.readAttachment(ref, 0, 10)).toEqual({ kind: 'problem', problem: { kind: 'opened' } });
    expect(await tomas.beginView(theirs, message.messageId)).toMatchObject({
      problem: { kind: 'opened' },
    });
    await sees(mira, conversationId, (one) => says('once')(one) && filesOf(one)[0]?.views?.state === 'over');
  });
});
