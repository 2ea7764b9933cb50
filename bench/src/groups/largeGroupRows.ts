/**
 * A group of a thousand: made, changed and written to by members with the SDK as it is used, each a process of its own,
 * at the real server. The others are light (lightMembers.ts): a thousand whole clients are more than one machine
 * carries.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadNodeProvider } from '@sotto/primitives/node';
import type { BenchOptions, Row } from '../row.ts';
import { type ChildServer, startChild } from '../server/childServer.ts';
import { type Broadcast, openBroadcast } from './broadcast.ts';
import { type GroupTimes, measureGroupFloor } from './groupFloor.ts';
import {
  addLightMembers,
  findLog,
  type LightMember,
  type LightReader,
  openLightReader,
  openLightReaders,
} from './lightMembers.ts';
import { type MemberProcess, startMember } from './memberProcess.ts';

const suite = 'groups';
/** The entries that made the group, and that added the last of its members. */
const createdSeq = 1;
const addedSeq = 3;
/** Beside the light ones: the owner, who posts, and another, who reads. */
const fullMembers = 2;

interface Place {
  readonly server: ChildServer;
  readonly light: readonly LightMember[];
  readonly owner: MemberProcess;
  readonly reader: MemberProcess;
}

export async function* largeGroupRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const size = quick ? 250 : 1000;
  const provider = await loadNodeProvider();
  const folder = mkdtempSync(join(tmpdir(), 'sotto-bench-'));
  try {
    // One of them leaves, and another comes for it.
    const light = await addLightMembers(provider, folder, size - fullMembers + 1);
    const server = await startChild('sotto', folder);
    const [owner, reader] = await Promise.all(
      ['owner', 'reader'].map((name) => startMember(server.address, join(folder, name), name)),
    );
    const place: Place = { server, light, owner: owner!, reader: reader! };
    const floor = await measureGroupFloor(provider, light);
    yield* changeRows(size, await measureChanges(place, size), floor);
    yield* await deliveryRows(place, size, quick ? 10 : 100);
    for (const child of [place.owner, place.reader, server]) await child.stop();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Until the view of who did it shows it. Joining: from there until another's view shows it; processing: from when the
 * server has told a light member of it.
 */
async function measureChanges({ server, owner, reader, light }: Place, size: number): Promise<GroupTimes> {
  const [coming, leaving, ...others] = light;
  const step = async (members: number, command: Parameters<MemberProcess['command']>[0]) => {
    const shown = Promise.all([owner.showsMembers(members), reader.showsMembers(members)]);
    const startMs = await owner.command(command);
    const [ownMs, otherMs] = await shown;
    return { ownMs: ownMs - startMs, doneMs: ownMs, otherMs };
  };
  const memberIds = [reader.accountId, ...light.slice(1).map(({ self }) => self.accountId)];
  const created = await step(size, { kind: 'create', memberIds });
  const log = await findLog(server.address, others[0]!);
  const told = await openLightReader(server.address, others[0]!, log, createdSeq);
  const change = async (members: number, command: Parameters<MemberProcess['command']>[0]) => {
    const toldMs = lastOf([told]);
    const { ownMs, otherMs } = await step(members, command);
    return { own: ownMs, other: otherMs - (await toldMs) };
  };
  const removed = await change(size - 1, { kind: 'remove', accountId: leaving!.self.accountId });
  const added = await change(size, { kind: 'add', accountId: coming!.self.accountId });
  told.close();
  return {
    create: created.ownMs,
    join: created.otherMs - created.doneMs,
    add: added.own,
    processAdd: added.other,
    remove: removed.own,
    processRemove: removed.other,
  };
}

function* changeRows(size: number, times: GroupTimes, floor: GroupTimes): Iterable<Row> {
  const steps: readonly [keyof GroupTimes, name: string, most?: number][] = [
    ['create', 'create it with all others', 5],
    ['join', 'join it, after it was made', 5],
    ['remove', 'remove one', 3],
    ['processRemove', 'process that, once told'],
    ['add', 'add one', 3],
    ['processAdd', 'process that, once told'],
  ];
  for (const [kind, name, most] of steps) {
    const ratio = times[kind] / floor[kind];
    yield {
      suite,
      name: `Group of ${size.toLocaleString('en')}, client and server: ${name} (floor: cryptography)`,
      value: times[kind],
      unit: 'ms',
      floor: floor[kind],
      ratio,
      ...(most === undefined ? {} : { aim: `<= ${most}`, holds: ratio <= most }),
    };
  }
}

interface Delivery {
  /** From the sender's command until the last of all has it. */
  readonly last: number[];
  /** The same until the last whole client shows it. */
  readonly shown: number[];
  readonly floor: number[];
}

async function deliveryRows(place: Place, size: number, posts: number): Promise<Row[]> {
  const { server, light } = place;
  const [came, , ...others] = light;
  const log = await findLog(server.address, came!);
  const readers = [
    await openLightReader(server.address, came!, log, addedSeq),
    ...(await openLightReaders(server.address, others, log, createdSeq)),
  ];
  const broadcast = await openBroadcast(readers.length + 1);
  const delivery: Delivery = { last: [], shown: [], floor: [] };
  for (let n = -3; n < posts; n++) {
    const times = await measurePost(place, readers, broadcast, n);
    // The first are for the compiler.
    if (n < 0) continue;
    delivery.last.push(times.last);
    delivery.shown.push(times.shown);
    delivery.floor.push(times.floor);
  }
  for (const reader of readers) reader.close();
  await broadcast.close();
  const devices = `${size.toLocaleString('en')} connected devices (${fullMembers} whole clients, the others light)`;
  return (
    [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const
  ).flatMap(([label, part]) => {
    const floor = quantile(delivery.floor, part);
    return (
      [
        ['last', `Post to ${devices}, from send until the last has it, ${label} (floor: bare broadcast)`],
        ['shown', `The same until the last whole client shows it, ${label}`],
      ] as const
    ).map(([kind, name]) => {
      const value = quantile(delivery[kind], part);
      const ratio = value / floor;
      const isAim = kind === 'last' && part === 0.5;
      const row = { suite, name, value, unit: 'ms', floor, ratio };
      return isAim ? { ...row, aim: '<= 3', holds: ratio <= 3 } : row;
    });
  });
}

/** One post and one broadcast. Acknowledgements of posts before fall where they fall. */
async function measurePost(
  { owner, reader }: Place,
  readers: readonly LightReader[],
  broadcast: Broadcast,
  n: number,
): Promise<{ last: number; shown: number; floor: number }> {
  const text = `Post ${n} to everybody, about as long as people write them.`;
  const received = lastOf(readers);
  const shown = reader.showsText(text);
  const startMs = await owner.command({ kind: 'post', text });
  const [receivedMs, shownMs] = await Promise.all([received, shown]);
  await delay(((n + 3) * 97) % 700);
  const floor = await broadcast.send();
  return { last: Math.max(receivedMs, shownMs) - startMs, shown: shownMs - startMs, floor };
}

/** When the last of `readers` got its next entry, by the machine's clock. */
function lastOf(readers: readonly LightReader[]): Promise<number> {
  return new Promise((resolve) => {
    let left = readers.length;
    for (const reader of readers) {
      reader.onEntry = () => {
        left -= 1;
        if (left === 0) resolve(performance.timeOrigin + performance.now());
      };
    }
  });
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
