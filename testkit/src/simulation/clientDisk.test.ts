import type { Sql } from '@sotto/client';
import { databaseConformance } from '@sotto/client/conformance';
import { describe, expect, it } from 'vitest';
import { type ClientDisk, createClientDisk, type TransactionFault } from './clientDisk.ts';
import { createSimulatedProcess } from './simulatedProcess.ts';
import { createVirtualTime } from './virtualTime.ts';

async function openPlace() {
  const time = createVirtualTime(0, 1000);
  const disk = createClientDisk();
  disk.write('CREATE TABLE item (id INTEGER PRIMARY KEY) STRICT');
  let fault: TransactionFault = 'none';
  let crashes = 0;
  const process = createSimulatedProcess(time);
  const database = await disk
    .mount(process, {
      nextFault: () => fault,
      commitDelayMs: () => 0,
      crashed() {
        crashes += 1;
      },
    })
    .open();
  return {
    time,
    disk,
    process,
    database,
    crashes: () => crashes,
    next(wanted: TransactionFault) {
      fault = wanted;
    },
  };
}

const put = (id: number) => (sql: Sql) => sql.run('INSERT INTO item VALUES (?)', id);
const stored = (disk: ClientDisk) => disk.all('SELECT id FROM item ORDER BY id').map((row) => row.id);

describe('simulated disk', () => {
  it.each([
    ['crashBefore', []],
    ['crashAfter', [1]],
  ] as const)('at %s neither answers nor writes any more', async (fault, expected) => {
    const place = await openPlace();
    place.next(fault);
    const answers: string[] = [];
    const note = () => void answers.push('answered');
    place.database.transaction(put(1)).then(note, note);
    await place.time.runUntil(1);
    expect(place.crashes()).toBe(1);
    expect(place.process.alive).toBe(false);
    place.next('none');
    place.database.transaction(put(2)).then(note, note);
    await place.time.runUntil(2);
    expect(answers).toEqual([]);
    expect(stored(place.disk)).toEqual(expected);
    place.disk.close();
  });

  it.each([
    ['failBefore', []],
    ['failAfter', [1]],
  ] as const)('at %s reports a failure, and has written all or nothing', async (fault, expected) => {
    const place = await openPlace();
    place.next(fault);
    await expect(place.database.transaction(put(1))).rejects.toThrow('simulated');
    expect(stored(place.disk)).toEqual(expected);
    place.disk.close();
  });

  it('undoes a transaction that throws, and refuses writing in a read', async () => {
    const place = await openPlace();
    const failing = place.database.transaction((sql) => {
      put(1)(sql);
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');
    expect(() => place.database.read(put(2))).toThrow();
    await place.database.transaction(put(3));
    expect(stored(place.disk)).toEqual([3]);
    place.disk.close();
  });

  it.each(databaseConformance)('$name', async ({ run }) => {
    const disk = createClientDisk();
    const process = createSimulatedProcess(createVirtualTime(0, 1000));
    const behaviour = { nextFault: () => 'none' as const, commitDelayMs: () => 0, crashed: () => {} };
    await run({ open: () => disk.mount(process, behaviour).open() });
    disk.close();
  });

  it('brings back an image of itself', async () => {
    const place = await openPlace();
    await place.database.transaction(put(1));
    const image = place.disk.serialize();
    await place.database.transaction(put(2));
    place.disk.restore(image);
    expect(stored(place.disk)).toEqual([1]);
    place.disk.close();
  });
});
