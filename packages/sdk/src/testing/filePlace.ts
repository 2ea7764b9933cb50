/** For tests: people in Node who send each other files over the real server, a process of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttachmentView, MessageView, NewAttachment } from '@sotto/client/api';
import type { ConversationId, TransactionId } from '@sotto/protocol';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type NodeSotto, openSotto } from '../node/openSotto.ts';
import { resultOf } from '../resultOf.ts';
import { until } from '../until.ts';
import { type ServerProcess, startServerProcess } from './serverProcess.ts';

const password = 'five words are quite enough';
const readAtOnce = 1024 * 1024;

export interface FilePlace {
  readonly server: ServerProcess;
  /** The server's data, and each person's below their name. */
  readonly folder: string;
  open(name: string): Promise<NodeSotto>;
  close(sotto: NodeSotto): Promise<void>;
}

/** Serves the tests of one file: all of `names` have accounts. Whoever is open after a test is closed. */
export function serveFiles(names: readonly string[], settings: Record<string, string> = {}): FilePlace {
  let started: { server: ServerProcess; folder: string } | null = null;
  const running = () => {
    if (started === null) throw new Error('Nothing is served');
    return started;
  };
  const opened: NodeSotto[] = [];
  const open = async (name: string): Promise<NodeSotto> => {
    const { server, folder } = running();
    const sotto = await openSotto({ server: server.address, dataFolder: join(folder, name) });
    opened.push(sotto);
    return sotto;
  };
  const close = async (sotto: NodeSotto): Promise<void> => {
    opened.splice(opened.indexOf(sotto), 1);
    await sotto.close();
  };
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-files-'));
    const server = await startServerProcess({ SOTTO_DATA: join(folder, 'server'), ...settings });
    started = { server, folder };
    for (const name of names) {
      const sotto = await open(name);
      resultOf(await sotto.register({ username: name, password }));
      await close(sotto);
    }
  });
  afterEach(async () => {
    for (const sotto of opened.splice(0)) await sotto.close();
  });
  afterAll(async () => {
    await started?.server.remove();
    if (started !== null) rmSync(started.folder, { recursive: true, force: true });
  });
  return {
    get server() {
      return running().server;
    },
    get folder() {
      return running().folder;
    },
    open,
    close,
  };
}

export const online = (sotto: NodeSotto) =>
  until(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');

export async function converse(sotto: NodeSotto, peer: string): Promise<ConversationId> {
  await online(sotto);
  const { accountId } = resultOf(await sotto.findAccount(peer));
  return resultOf(await sotto.openDirectConversation(accountId));
}

/** The first message of the conversation that meets the condition, whenever it does. */
export async function sees(
  sotto: NodeSotto,
  conversationId: ConversationId,
  condition: (message: MessageView) => boolean,
): Promise<MessageView> {
  const { promise, resolve } = Promise.withResolvers<MessageView>();
  const look = (messages: readonly MessageView[]): void => {
    const found = messages.find(condition);
    if (found !== undefined) resolve(found);
  };
  // Watched before they are read, so that nothing comes unseen in between.
  const stop = sotto.watch({ kind: 'messages', conversationId }, ({ changed }) => look(changed));
  look((await sotto.readMessages({ conversationId, limit: 100 })).messages);
  return promise.finally(stop);
}
export const filesOf = ({ body }: MessageView): readonly AttachmentView[] =>
  body.kind === 'text' ? body.attachments : [];
export const says = (text: string) => (message: MessageView) =>
  message.body.kind === 'text' && message.body.text === text;

export function fileOf(source: Blob, change: Partial<NewAttachment> = {}): NewAttachment {
  return {
    source,
    kind: 'file',
    name: 'file.bin',
    mediaType: '',
    width: 0,
    height: 0,
    durationMs: 0,
    thumbnail: new Uint8Array(0),
    placeholder: new Uint8Array(0),
    waveform: new Uint8Array(0),
    views: 0,
    ...change,
  };
}

/** Random bytes. */
export function content(sizeBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65_536, sizeBytes)));
  }
  return bytes;
}

export async function readAll(sotto: NodeSotto, message: MessageView, index = 0): Promise<Buffer> {
  const sizeBytes = filesOf(message)[index]?.sizeBytes ?? 0;
  const { conversationId, messageId } = message;
  const parts: Uint8Array[] = [];
  for (let at = 0; at < sizeBytes; at += readAtOnce) {
    const end = Math.min(at + readAtOnce, sizeBytes);
    parts.push(resultOf(await sotto.readAttachment({ conversationId, messageId, index }, at, end)));
  }
  return Buffer.concat(parts);
}

export async function send(
  sotto: NodeSotto,
  conversationId: ConversationId,
  text: string,
  ...attachments: NewAttachment[]
): Promise<TransactionId> {
  return resultOf(await sotto.sendMessage(conversationId, { text, attachments }));
}
