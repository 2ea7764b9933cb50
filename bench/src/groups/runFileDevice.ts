/**
 * A device with the SDK as it is used, in a process of its own, that sends a file or fetches it, and reports by how much its
 * memory grew at most meanwhile. Arguments: server, data folder, own name, and of who sends the file: its path and the peer.
 */
import { openAsBlob } from 'node:fs';
import type { MessageView } from '@sotto/client/api';
import { resultOf, until } from '@sotto/sdk';
import { openSotto } from '@sotto/sdk/node';
import type { FileDeviceEvent } from './fileDeviceProcess.ts';

const [server, dataFolder, username, path, peer] = process.argv.slice(2);
if (server === undefined || dataFolder === undefined || username === undefined) throw new Error('Arguments');
const tell = (event: FileDeviceEvent) => process.send?.(event);
process.on('disconnect', () => process.exit(0));

const sotto = await openSotto({ server, dataFolder });
resultOf(await sotto.register({ username, password: 'ample copper window quilt river' }));
await until(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
const hasFile = ({ body }: MessageView) => body.kind === 'text' && body.attachments.length > 0;

if (path !== undefined && peer !== undefined) {
  const { accountId } = resultOf(await sotto.findAccount(peer));
  const conversationId = resultOf(await sotto.openDirectConversation(accountId));
  const attachment = {
    source: await openAsBlob(path),
    kind: 'file',
    name: 'large.bin',
    mediaType: '',
    width: 0,
    height: 0,
    durationMs: 0,
    thumbnail: new Uint8Array(0),
    placeholder: new Uint8Array(0),
    waveform: new Uint8Array(0),
    views: 0,
  } as const;
  await measured(async () => {
    const sent = until(sotto, { kind: 'messages', conversationId }, ({ changed }) =>
      changed.some((message) => hasFile(message) && message.state === 'sent'),
    );
    resultOf(await sotto.sendMessage(conversationId, { text: '', attachments: [attachment] }));
    await sent;
  });
} else {
  tell({ kind: 'ready' });
  const [conversation] = await until(sotto, { kind: 'conversations' }, ([first]) => first?.state === 'ready');
  const { conversationId } = conversation!;
  const arrived = until(sotto, { kind: 'messages', conversationId }, ({ changed }) => changed.some(hasFile));
  const { messages } = await sotto.readMessages({ conversationId, limit: 10 });
  const message = messages.find(hasFile) ?? (await arrived).changed.find(hasFile)!;
  const { messageId } = message;
  await measured(async () => {
    resultOf(await sotto.fetchAttachment({ conversationId, messageId, index: 0 }));
  });
}

async function measured(work: () => Promise<void>): Promise<void> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let largest = before;
  const timer = setInterval(() => {
    largest = Math.max(largest, process.memoryUsage.rss());
  }, 100);
  await work();
  clearInterval(timer);
  tell({ kind: 'done', grownBytes: largest - before });
}
