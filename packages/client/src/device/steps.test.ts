import type { ConversationId } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { DeviceStopped, Steps } from './steps.ts';

const id = '00'.repeat(16) as ConversationId;

function createSteps() {
  const disk = new TestDisk();
  disk.exec('CREATE TABLE item (id INTEGER)');
  const told: string[] = [];
  const steps = new Steps(
    disk.open(),
    () => told.push(`told of ${disk.rows('SELECT 1 FROM item').length}`),
    () => told.push('failed'),
  );
  return { disk, told, steps };
}

describe('steps', () => {
  it('run one at a time, and tell after the commit', async () => {
    const { disk, told, steps } = createSteps();
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3].map((n) =>
        steps.run(async (step) => {
          order.push(n);
          const before = step.read((sql) => sql.all('SELECT 1 FROM item').length);
          await new Promise((resolve) => setImmediate(resolve));
          await step.commit((sql, changes) => {
            changes.conversation(id);
            sql.run('INSERT INTO item VALUES (?)', before);
          });
          order.push(n);
        }),
      ),
    );
    expect(order).toEqual([1, 1, 2, 2, 3, 3]);
    expect(disk.rows('SELECT id FROM item').map((row) => row.id)).toEqual([0, 1, 2]);
    expect(told).toEqual(['told of 1', 'told of 2', 'told of 3']);
  });

  it('go on after one that throws, and have one transaction each', async () => {
    const { steps } = createSteps();
    await expect(steps.run(() => Promise.reject(new Error('a fault')))).rejects.toThrow('a fault');
    await expect(
      steps.run(async (step) => {
        await step.commit(() => undefined);
        await step.commit(() => undefined);
      }),
    ).rejects.toThrow('one transaction');
    expect(await steps.run(() => 7)).toBe(7);
  });

  it.each(['before', 'after'] as const)('stop where a commit fails, %s', async (fault) => {
    const { disk, told, steps } = createSteps();
    disk.failAt(1, fault);
    const write = () => steps.run((step) => step.commit((sql) => sql.run('INSERT INTO item VALUES (1)')));
    await expect(write()).rejects.toThrow(DeviceStopped);
    disk.repair();
    await expect(write()).rejects.toThrow(DeviceStopped);
    expect(told).toEqual(['failed']);
    expect(disk.rows('SELECT 1 FROM item')).toHaveLength(fault === 'after' ? 1 : 0);
  });
});
