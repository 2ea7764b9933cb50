/** Bad input of issue 5: a server that answers with less than it says, with chunks of another place, or not at all. */
import { sealedAttachmentChunkSizeBytes as chunk, createAttachmentCipher } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import { expect, it } from 'vitest';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import type { DownloadAnswer } from '../ports.ts';
import { VirtualClock } from '../testing/virtualClock.ts';
import { fetchChunks } from './fetchChunks.ts';
import type { Ticket } from './tickets.ts';

const provider = await loadNodeProvider();
const key = new Uint8Array(32).fill(5);
const file = provider.randomBytes(4 * 65_536);
const cipher = createAttachmentCipher(provider, key, file.length);
const sealed = new Uint8Array(cipher.sealedSizeBytes);
for (let index = 0; index < cipher.chunkCount; index++) {
  const from = index * 65_536;
  sealed.set(cipher.seal(index, file.subarray(from, from + 65_536)), index * chunk);
}

/** Fetches all of it from a server that answers like this; `answers` is told how many requests came before. */
async function fetchFrom(
  answers: (before: number, start: number, end: number) => DownloadAnswer,
  sealedSizeBytes = sealed.length,
) {
  const clock = new VirtualClock();
  const took: number[] = [];
  let requests = 0;
  const ticket: Ticket = { kind: 'ticket', ticket: new Uint8Array(32), sealedSizeBytes };
  const fetching = fetchChunks(
    {
      provider,
      clock,
      transport: {
        uploaded: () => Promise.resolve({ kind: 'unreachable' }),
        upload: () => Promise.resolve({ kind: 'unreachable' }),
        download: async (_blobId, _ticket, { start, end }) => answers(requests++, start, end),
      },
      tickets: { get: async () => ticket, forget: () => undefined },
    },
    { conversation: 1 as ConversationKey, blobId: '00'.repeat(32), key, sizeBytes: file.length },
    { from: 0, to: cipher.chunkCount - 1 },
    async (index) => void took.push(index),
    new AbortController().signal,
  );
  let isOver = false;
  const over = fetching.finally(() => {
    isOver = true;
  });
  await clock.until(() => isOver, 'the fetching ends');
  return { fault: await over, took, requests };
}

function gives(bytes: Uint8Array, breaksOff = false): DownloadAnswer {
  return {
    kind: 'bytes',
    bytes: (async function* () {
      for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
      if (breaksOff) throw new Error('The connection broke off');
    })(),
  };
}

it('a blob that the server cuts short is damaged, not fetched for ever', async () => {
  for (const breaksOff of [false, true]) {
    for (const [size, whole] of [
      [0, 0],
      [2 * chunk, 2],
      [2 * chunk + 100, 2],
    ] as const) {
      const cut = await fetchFrom((_before, start) =>
        gives(sealed.subarray(start, Math.max(start, size)), breaksOff),
      );
      expect(cut.fault).toBe('damaged');
      expect(cut.took).toEqual([0, 1].slice(0, whole));
      expect(cut.requests).toBeLessThan(10);
    }
  }
});

it('chunks that are swapped, of another file or another size never arrive', async () => {
  const swapped = sealed.slice();
  swapped.copyWithin(chunk, 2 * chunk, 3 * chunk);
  expect(await fetchFrom((_before, start, end) => gives(swapped.subarray(start, end)))).toMatchObject({
    fault: 'damaged',
    took: [0],
  });
  const other = provider.randomBytes(sealed.length);
  expect(await fetchFrom((_before, start, end) => gives(other.subarray(start, end)))).toMatchObject({
    fault: 'damaged',
    took: [],
  });
  expect(await fetchFrom(() => gives(sealed), sealed.length + 16)).toMatchObject({
    fault: 'damaged',
    requests: 0,
  });
});

it('what breaks off goes on where it was, and a server out of reach is no damage', async () => {
  const limping = await fetchFrom((_before, start) => gives(sealed.subarray(start, start + chunk + 5), true));
  expect(limping).toMatchObject({ fault: null, took: [0, 1, 2, 3], requests: 4 });
  expect(await fetchFrom(() => ({ kind: 'unreachable' }))).toMatchObject({ fault: 'offline', took: [] });
  const flaky = await fetchFrom((before) =>
    before % 2 === 0 ? { kind: 'unreachable' } : gives(new Uint8Array(9)),
  );
  expect(flaky.fault).toBe('offline');
  const gone = await fetchFrom(() => ({ kind: 'error', error: { code: 'blob_unknown' } }));
  expect(gone).toMatchObject({ fault: 'gone', requests: 1 });
});
