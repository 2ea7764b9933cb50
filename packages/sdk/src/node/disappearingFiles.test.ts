/**
 * Files of disappearing messages (spec/disappearing.md, "Gone"), with real data folders and the real server: once their time
 * is over nothing of them is on any disk, and nothing that led to them leads anywhere.
 */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fromBinary } from '@bufbuild/protobuf';
import { AttachmentSchema } from '@sotto/protocol';
import { expect, it, vi } from 'vitest';
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
import { until } from '../until.ts';

const names = ['vera', 'wim'] as const;
const place = serveFiles(names);
const waitMs = 30_000;

/** Everything below a folder, with what SQLite keeps beside a database. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

const holding = (folder: string, bytes: Uint8Array | string): string[] =>
  filesBelow(folder).filter((path) => readFileSync(path).includes(bytes));

/** What a query says of a device's database, as it is on the disk while the device runs. */
function onDisk(name: string, query: string): Uint8Array[] {
  const copy = mkdtempSync(join(tmpdir(), 'sotto-copy-'));
  for (const file of ['device.sqlite', 'device.sqlite-wal']) {
    const path = join(place.folder, name, file);
    if (existsSync(path)) copyFileSync(path, join(copy, file));
  }
  const database = new DatabaseSync(join(copy, 'device.sqlite'));
  const rows = database.prepare(query).all();
  database.close();
  rmSync(copy, { recursive: true });
  return rows.map((row) => row.bytes as Uint8Array);
}

/** The keys of files. */
const keysOnDisk = (name: string): Uint8Array[] =>
  onDisk(name, 'SELECT content AS bytes FROM attachment').map(
    (content) => fromBinary(AttachmentSchema, content).key,
  );

/** What opens the next message of each member who was heard in the epoch: the same on every device of the group. */
const stepsOnDisk = (name: string): string[] =>
  onDisk(name, 'SELECT value AS bytes FROM group_record WHERE section = 2 AND idx % 4 = 2').map((ratchet) =>
    ratchet.slice(1, 33).toHex(),
  );

it('files go with their message: from every device, from the server, and from what was given to fetch them', async () => {
  const asked: { readonly url: URL; readonly headers: HeadersInit }[] = [];
  const realFetch = globalThis.fetch;
  vi.stubGlobal('fetch', (url: URL, init: RequestInit) => {
    if (url.pathname.startsWith('/api/v1/blobs/')) asked.push({ url, headers: init.headers ?? {} });
    return realFetch(url, init);
  });
  const [vera, wim] = [await place.open('vera'), await place.open('wim')];
  const withWim = await converse(vera, 'wim');
  const withVera = await converse(wim, 'vera');
  const stays = content(50_000);
  await send(vera, withWim, 'what stays', fileOf(new Blob([stays]), { name: 'kept.bin' }));
  const kept = await sees(wim, withVera, says('what stays'));
  expect((await readAll(wim, kept)).equals(stays)).toBe(true);
  const keptKeys = keysOnDisk('wim').map((key) => key.toHex());
  const before = {
    files: names.map((name) => filesBelow(join(place.folder, name, 'files')).length),
    asked: asked.length,
  };
  const blobs = () => filesBelow(join(place.folder, 'server', 'blobs'));
  expect(blobs()).toHaveLength(1);

  resultOf(await vera.setTimer(withWim, 5));
  for (const [sotto, conversationId] of [
    [vera, withWim],
    [wim, withVera],
  ] as const) {
    await until(sotto, { kind: 'conversations' }, (all) =>
      all.some((one) => one.conversationId === conversationId && one.timer.seconds === 5),
    );
  }
  await send(vera, withWim, 'the one before');
  await sees(wim, withVera, says('the one before'));
  const stepsBefore = new Set(stepsOnDisk('wim'));
  const stepsOfVera = stepsOnDisk('vera').filter((step) => stepsBefore.has(step));
  const secret = content(200_000);
  const given = { name: 'plan of the vault.bin', placeholder: new TextEncoder().encode('placeholder of it') };
  const sent = await send(vera, withWim, 'words beside it', fileOf(new Blob([secret]), given));
  const message = await sees(wim, withVera, says('words beside it'));
  expect((await readAll(wim, message)).equals(secret)).toBe(true);
  await sees(wim, withVera, (one) => one.messageId === sent && filesOf(one)[0]?.transfer.kind === 'here');
  const keys = [...keysOnDisk('vera'), ...keysOnDisk('wim')].filter((key) => !keptKeys.includes(key.toHex()));
  expect(new Set(keys.map((key) => key.toHex())).size).toBe(1);
  const stepsNow = stepsOnDisk('vera');
  const used = stepsOfVera.filter((step) => !stepsNow.includes(step)).map((step) => Uint8Array.fromHex(step));
  expect(used.length).toBeGreaterThan(0);
  expect(blobs()).toHaveLength(2);
  const fetched = asked.slice(before.asked);
  expect(fetched.length).toBeGreaterThan(0);
  for (const { url, headers } of fetched) expect((await realFetch(url, { headers })).ok).toBe(true);
  for (const name of names) {
    expect(filesBelow(join(place.folder, name, 'files')).length).toBeGreaterThan(
      before.files[names.indexOf(name)]!,
    );
    for (const trace of ['words beside it', given.name, keys[0]!]) {
      expect(holding(join(place.folder, name), trace)).not.toEqual([]);
    }
  }

  await wim.markRead(withVera, message.order);
  const ids = async (sotto: typeof vera, conversationId: typeof withWim) =>
    (await sotto.readMessages({ conversationId, limit: 100 })).messages.map(({ messageId }) => messageId);
  await expect.poll(() => ids(vera, withWim), { timeout: waitMs }).not.toContain(sent);
  await expect.poll(() => ids(wim, withVera), { timeout: waitMs }).not.toContain(message.messageId);
  // The server's copy goes once both have said that they have no use for it; what stays is still there.
  await expect.poll(() => blobs().length, { timeout: waitMs }).toBe(1);
  for (const { url, headers } of fetched) {
    const response = await realFetch(url, { headers });
    await response.body?.cancel();
    expect(response.status).toBeGreaterThanOrEqual(400);
  }
  for (const [sotto, conversationId, messageId] of [
    [vera, withWim, sent],
    [wim, withVera, message.messageId],
  ] as const) {
    const ref = { conversationId, messageId, index: 0 };
    const problem = { kind: 'problem', problem: { kind: 'unknownMessage' } };
    expect(await sotto.readAttachment(ref, 0, 10)).toEqual(problem);
    expect(await sotto.fetchAttachment(ref)).toEqual(problem);
  }
  const filesOn = () => names.map((name) => filesBelow(join(place.folder, name, 'files')).length);
  await expect.poll(filesOn, { timeout: waitMs }).toEqual(before.files);
  const blobId = fetched[0]!.url.pathname.slice(-64);
  const said = ['words beside it', given.name, 'placeholder of it', blobId];
  const traces = [...said, ...keys, ...used, secret.subarray(0, 32)];
  const left = () =>
    names.flatMap((name) => traces.flatMap((trace) => holding(join(place.folder, name), trace)));
  await expect.poll(left, { timeout: waitMs }).toEqual([]);
  expect((await readAll(wim, kept)).equals(stays)).toBe(true);
  vi.unstubAllGlobals();
});
