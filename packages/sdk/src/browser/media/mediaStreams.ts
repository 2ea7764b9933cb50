/**
 * Addresses of files in a page (spec/attachments.md, "Streaming in a browser"): `<video src>` and saving read through them what they
 * need, when they need it, however large the file is.
 */
import type { AttachmentProblem, AttachmentRef, AttachmentView, SottoApi } from '@sotto/client/api';
import { safeFileName } from '@sotto/client/fileName';
import { sniffedSizeBytes, sniffMediaType } from '@sotto/client/mediaTypes';
import { registerServiceWorker } from '../trustedWorker.ts';
import { decodeQuestion, type MediaAnswer, mediaPath } from './mediaMessages.ts';

/** Where the built service worker is: at the root, because it answers for all of the origin's pages. */
const workerAddress = '/mediaWorker.js';

interface StreamedFile {
  readonly attachment: AttachmentRef;
  readonly view: Pick<AttachmentView, 'sizeBytes' | 'mediaType' | 'name'>;
  readonly saved: boolean;
}
type Opened = StreamedFile & { mediaType: Promise<string> | null };
type MediaApi = Pick<SottoApi, 'readAttachment'>;

export interface MediaStreams {
  /**
   * An address that gives the file, by ranges, under a type that its first bytes bear out. It is this page's, until it is
   * closed.
   */
  open(attachment: AttachmentRef, view: StreamedFile['view']): string;
  close(address: string): void;
  /** Lets the browser save the file, under its name. */
  save(attachment: AttachmentRef, view: StreamedFile['view']): void;
}

const goneFor: ReadonlySet<AttachmentProblem['kind']> = new Set(['unknownMessage', 'opened']);
/** A saved file's address is closed after this long without being read. */
const savedIdleMs = 10 * 60_000;

/**
 * Starts the page's service worker. Null where there is none (a private window of some browsers, a page that was reloaded past
 * it): files have to be read as a whole then.
 */
export async function openMediaStreams(sotto: MediaApi): Promise<MediaStreams | null> {
  const container = 'serviceWorker' in navigator ? navigator.serviceWorker : undefined;
  if (container === undefined || !(await isControlled(container))) return null;
  const files = new Map<string, Opened>();
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const closeLater = (token: string): void => {
    clearTimeout(timers.get(token));
    timers.set(
      token,
      setTimeout(() => {
        timers.delete(token);
        files.delete(token);
      }, savedIdleMs),
    );
  };
  container.addEventListener('message', (event) => {
    const question = decodeQuestion(event.data);
    if (question === null || !(event.source instanceof ServiceWorker)) return;
    const worker = event.source;
    const file = files.get(question.token);
    if (file?.saved === true) closeLater(question.token);
    const answering =
      file === undefined
        ? Promise.resolve<MediaAnswer>({ id: question.id, kind: 'none' })
        : answer(sotto, file, question, () => files.delete(question.token));
    void answering.then((said) =>
      worker.postMessage(said, said.kind === 'bytes' ? { transfer: [said.bytes.buffer] } : {}),
    );
  });
  container.startMessages();
  const open = (file: StreamedFile): string => {
    const token = randomToken();
    files.set(token, { ...file, mediaType: null });
    return `${mediaPath}${token}`;
  };
  return {
    open: (attachment, view) => open({ attachment, view, saved: false }),
    close: (address) => void files.delete(address.slice(mediaPath.length)),
    save: (attachment, view) => {
      const link = document.createElement('a');
      link.href = open({ attachment, view, saved: true });
      closeLater(link.href.slice(-32));
      // Not `download`: browsers fetch such links themselves, past the worker. The answer's headers say that it is saved.
      link.click();
    },
  };
}

async function answer(
  sotto: MediaApi,
  file: Opened,
  question: NonNullable<ReturnType<typeof decodeQuestion>>,
  close: () => void,
): Promise<MediaAnswer> {
  const { attachment, view, saved } = file;
  const { id } = question;
  let isGone = false;
  const read = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer> | null> => {
    const outcome = await sotto.readAttachment(attachment, start, end).catch(() => null);
    if (outcome?.kind === 'ok') return outcome.value as Uint8Array<ArrayBuffer>;
    // Its message disappeared, or its one look is over: the address leads nowhere from now on.
    isGone = outcome !== null && goneFor.has(outcome.problem.kind);
    if (isGone) close();
    return null;
  };
  if (question.kind === 'read') {
    const bytes = await read(question.start, question.end);
    return bytes === null ? { id, kind: 'none' } : { id, kind: 'bytes', bytes };
  }
  file.mediaType ??= read(0, Math.min(sniffedSizeBytes, view.sizeBytes)).then((first) =>
    sniffMediaType(first ?? new Uint8Array(0), view.mediaType),
  );
  const mediaType = await file.mediaType;
  if (isGone) return { id, kind: 'none' };
  return { id, kind: 'file', sizeBytes: view.sizeBytes, mediaType, name: safeFileName(view.name), saved };
}

/** Whether requests of this page go through the worker; waits for the first time. */
async function isControlled(container: ServiceWorkerContainer): Promise<boolean> {
  try {
    await registerServiceWorker(container, workerAddress);
    await container.ready;
    if (container.controller !== null) return true;
    // It claims this page as soon as it runs; a page that was reloaded past it is never claimed.
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(container.controller !== null), 3_000);
      container.addEventListener('controllerchange', () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  } catch {
    return false;
  }
}

function randomToken(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}
