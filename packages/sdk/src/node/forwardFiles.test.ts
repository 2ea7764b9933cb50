/** Files that are forwarded: by the blobs that the server has, over the real server as a process. */
import { describe, expect, it } from 'vitest';
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

const place = serveFiles(['ada', 'bela', 'cid']);

describe('forwarding files', () => {
  it('says them again without uploading them, to somebody who was not in the conversation', async () => {
    const [ada, bela, cid] = [await place.open('ada'), await place.open('bela'), await place.open('cid')];
    const file = content(200_000);
    const original = await send(
      ada,
      await converse(ada, 'bela'),
      'the plan',
      fileOf(new Blob([file]), { name: 'plan.pdf' }),
    );
    const theirs = await converse(bela, 'ada');
    const message = await sees(bela, theirs, says('the plan'));
    const onward = await converse(bela, 'cid');
    resultOf(await bela.forwardMessages(theirs, [message.messageId], [onward]));
    const fromBela = await converse(cid, 'bela');
    const forwarded = await sees(cid, fromBela, says('the plan'));
    expect(forwarded.body).toMatchObject({ forwarded: true });
    expect(filesOf(forwarded)).toMatchObject([{ name: 'plan.pdf', sizeBytes: 200_000 }]);
    // Bela never fetched it: what the server has is named once more.
    expect(filesOf(await sees(bela, theirs, says('the plan')))[0]?.transfer).toEqual({ kind: 'remote' });
    expect((await readAll(cid, forwarded)).equals(file)).toBe(true);
    // Where the first is deleted, the server still holds it for the second.
    resultOf(await ada.deleteMessages(await converse(ada, 'bela'), [original], true));
    await sees(bela, theirs, ({ body }) => body.kind === 'deleted');
    await cid.clearFetched();
    expect((await readAll(cid, forwarded)).equals(file)).toBe(true);
  });

  it('refuses what is to be seen once, which search does not find either, and what is not at the server yet', async () => {
    const [ada, bela] = [await place.open('ada'), await place.open('bela')];
    const conversationId = await converse(ada, 'bela');
    const photo = { kind: 'photo', mediaType: 'image/jpeg', name: 'once.jpg', views: 1 } as const;
    const secret = await send(ada, conversationId, 'once', fileOf(new Blob([content(5_000)]), photo));
    const unknown = { kind: 'problem', problem: { kind: 'unknownMessage' } };
    const theirs = await converse(bela, 'ada');
    const { messageId } = await sees(bela, theirs, (one) => (filesOf(one)[0]?.views ?? null) !== null);
    expect(await bela.forwardMessages(theirs, [messageId], [theirs])).toEqual(unknown);
    for (const one of [ada, bela]) {
      expect((await one.searchMessages({ text: 'once', limit: 5 })).matches).toEqual([]);
    }
    await sees(ada, conversationId, (one) => one.messageId === secret && one.state === 'sent');
    expect(await ada.forwardMessages(conversationId, [secret], [conversationId])).toEqual(unknown);
    await place.server.kill();
    const waiting = await send(ada, conversationId, 'not there yet', fileOf(new Blob([content(1_000_000)])));
    expect(await ada.forwardMessages(conversationId, [waiting], [conversationId])).toEqual(unknown);
    await place.server.start();
    await sees(ada, conversationId, (one) => one.messageId === waiting && one.state === 'sent');
    resultOf(await ada.forwardMessages(conversationId, [waiting], [conversationId]));
  });
});
