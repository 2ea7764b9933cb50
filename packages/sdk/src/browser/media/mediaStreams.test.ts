import type { AttachmentProblem, AttachmentRef } from '@sotto/client/api';
import type { ConversationId, TransactionId } from '@sotto/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { MediaAnswer } from './mediaMessages.ts';
import { openMediaStreams } from './mediaStreams.ts';

const attachment: AttachmentRef = {
  conversationId: 'c' as ConversationId,
  messageId: 'm' as TransactionId,
  index: 0,
};
const view = { sizeBytes: 1_000_000, mediaType: 'audio/ogg', name: 'song.ogg' };

// The page's own `Worker` extends one that Node does not have.
vi.mock('../trustedWorker.ts', () => ({ registerServiceWorker: async () => ({}) }));

/** A page with a service worker that asks, and an engine whose file can be taken away. */
async function openPage() {
  class FakeWorker {
    readonly answers: MediaAnswer[] = [];
    postMessage(answer: MediaAnswer): void {
      this.answers.push(answer);
    }
  }
  const worker = new FakeWorker();
  const container = Object.assign(new EventTarget(), {
    controller: worker,
    ready: Promise.resolve(),
    startMessages: () => undefined,
  });
  vi.stubGlobal('ServiceWorker', FakeWorker);
  vi.stubGlobal('navigator', { serviceWorker: container });
  let problem: AttachmentProblem['kind'] | null = null;
  let reads = 0;
  const streams = await openMediaStreams({
    readAttachment: async (_ref, start, end) => {
      reads += 1;
      return problem === null
        ? { kind: 'ok', value: new Uint8Array(end - start) }
        : { kind: 'problem', problem: { kind: problem } };
    },
  });
  if (streams === null) throw new Error('There is a service worker');
  const ask = async (question: object): Promise<MediaAnswer['kind']> => {
    const { length } = worker.answers;
    const event = new MessageEvent('message', { data: { id: length, ...question } });
    Object.defineProperty(event, 'source', { value: worker });
    container.dispatchEvent(event);
    await vi.waitFor(() => expect(worker.answers.length).toBe(length + 1), { timeout: 30_000 });
    return worker.answers[length]!.kind;
  };
  return {
    streams,
    ask,
    reads: () => reads,
    fail: (kind: AttachmentProblem['kind'] | null) => {
      problem = kind;
    },
  };
}

const tokenOf = (address: string): string => address.slice('/media/'.length);

afterEach(() => vi.unstubAllGlobals());

describe('the address of a file', () => {
  it('ends for good when its message has disappeared, also in the middle of a stream', async () => {
    for (const kind of ['unknownMessage', 'opened'] as const) {
      const { streams, ask, reads, fail } = await openPage();
      const token = tokenOf(streams.open(attachment, view));
      expect(await ask({ kind: 'describe', token })).toBe('file');
      expect(await ask({ kind: 'read', token, start: 0, end: 100 })).toBe('bytes');
      fail(kind);
      expect(await ask({ kind: 'read', token, start: 100, end: 200 })).toBe('none');
      const before = reads();
      // Were the file there again, the address would still lead nowhere, and nobody is asked.
      fail(null);
      expect(await ask({ kind: 'describe', token })).toBe('none');
      expect(await ask({ kind: 'read', token, start: 0, end: 100 })).toBe('none');
      expect(reads()).toBe(before);
    }
  });

  it('is not described when its message is gone before it was first read', async () => {
    const { streams, ask, fail } = await openPage();
    const token = tokenOf(streams.open(attachment, view));
    fail('unknownMessage');
    expect(await ask({ kind: 'describe', token })).toBe('none');
  });

  it('stays while there is only no connection', async () => {
    const { streams, ask, fail } = await openPage();
    const token = tokenOf(streams.open(attachment, view));
    fail('offline');
    expect(await ask({ kind: 'read', token, start: 0, end: 100 })).toBe('none');
    fail(null);
    expect(await ask({ kind: 'read', token, start: 0, end: 100 })).toBe('bytes');
  });

  it('ends when it is closed', async () => {
    const { streams, ask } = await openPage();
    const address = streams.open(attachment, view);
    streams.close(address);
    expect(await ask({ kind: 'describe', token: tokenOf(address) })).toBe('none');
  });
});
