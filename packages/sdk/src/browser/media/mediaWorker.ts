/**
 * The service worker, of which an origin has one: answers `/media/<token>` by what a page reads of the engine, as far as the
 * browser asks for it, shows that a push came (../push/showPush.ts), and touches nothing else. It keeps nothing: any request may be the first that it sees.
 */
import { showPushes } from '../push/showPush.ts';
import { decodeAnswer, type MediaAnswer, type MediaQuestion, mediaPath } from './mediaMessages.ts';
import { mediaHeaders, readRange } from './mediaResponse.ts';

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const answerTimeoutMs = 60_000;
const describeTimeoutMs = 10_000;
/** Read at once for a stream. */
const pieceSizeBytes = 512 * 1024;

const waiting = new Map<number, (answer: MediaAnswer, from: Client | null) => void>();
let nextId = 0;

worker.addEventListener('install', () => void worker.skipWaiting());
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
// Answers come as events of the worker: as long as they come, the browser keeps it.
worker.addEventListener('message', (event) => {
  const answer = decodeAnswer(event.data);
  const { source } = event;
  if (answer !== null) waiting.get(answer.id)?.(answer, source instanceof Client ? source : null);
});
showPushes(worker);
worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== worker.location.origin || !url.pathname.startsWith(mediaPath)) return;
  const token = url.pathname.slice(mediaPath.length);
  event.respondWith(respond(event, token));
});

async function respond(event: FetchEvent, token: string): Promise<Response> {
  const { request } = event;
  if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 405 });
  const found = await describe(token);
  if (found === null) return new Response(null, { status: 404 });
  const { page, file } = found;
  const range = readRange(request.headers.get('range'), file.sizeBytes);
  if (range === 'unsatisfiable') {
    return new Response(null, { status: 416, headers: { 'content-range': `bytes */${file.sizeBytes}` } });
  }
  const headers = mediaHeaders(file, range);
  const body =
    request.method === 'HEAD' ? null : streamOf(page, token, range?.start ?? 0, range?.end ?? file.sizeBytes);
  return new Response(body, { status: range === null ? 200 : 206, headers });
}

/** The page that made the token: any window of this origin may have. */
async function describe(token: string) {
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return new Promise<{ page: Client; file: Extract<MediaAnswer, { kind: 'file' }> } | null>((resolve) => {
    let left = pages.length;
    const ended = (): void => {
      left -= 1;
      if (left <= 0) resolve(null);
    };
    if (left === 0) resolve(null);
    for (const page of pages) {
      void ask(page, { kind: 'describe', token }, describeTimeoutMs).then((answer) => {
        if (answer?.kind === 'file') resolve({ page, file: answer });
        else ended();
      });
    }
  });
}

function streamOf(page: Client, token: string, start: number, end: number): ReadableStream<Uint8Array> {
  let at = start;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (at >= end) {
        controller.close();
        return;
      }
      const to = Math.min(at + pieceSizeBytes, end);
      const answer = await ask(page, { kind: 'read', token, start: at, end: to }, answerTimeoutMs);
      if (answer?.kind !== 'bytes' || answer.bytes.length === 0 || answer.bytes.length > to - at) {
        controller.error(new Error('The file cannot be read'));
        return;
      }
      at += answer.bytes.length;
      controller.enqueue(answer.bytes);
      if (at >= end) controller.close();
    },
  });
}

type Asked<Question> = Question extends unknown ? Omit<Question, 'id'> : never;

/** Null where no answer comes in time. */
function ask(page: Client, question: Asked<MediaQuestion>, timeoutMs: number): Promise<MediaAnswer | null> {
  const id = nextId++;
  return new Promise((resolve) => {
    const end = (answer: MediaAnswer | null): void => {
      waiting.delete(id);
      clearTimeout(timer);
      resolve(answer);
    };
    const timer = setTimeout(() => end(null), timeoutMs);
    waiting.set(id, (answer, from) => {
      if (from === null || from.id === page.id) end(answer);
    });
    page.postMessage({ ...question, id });
  });
}
