import { describe, expect, it } from 'vitest';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import { supervise } from './supervise.ts';

const worker = new URL('./faultyWorker.ts', import.meta.url);

/** Ends at once where a fault is found, however long it may take on a busy machine. */
function fuzz(only: string, replay: Uint8Array | null = null, { seconds = 60, inputLimitMs = 60_000 } = {}) {
  return supervise(worker, { seed: 7, seconds, only, replay }, { inputLimitMs, startLimitMs: 60_000 });
}

describe('fuzzing', () => {
  it('passes what refuses cleanly, and counts', async () => {
    const outcome = await fuzz('sound', null, { seconds: 1 });
    expect(outcome).toMatchObject({ kind: 'passed', targets: 1 });
    expect(outcome.kind === 'passed' && outcome.inputs).toBeGreaterThan(1);
  });

  it('finds a throw, and the saved input repeats it', async () => {
    const outcome = await fuzz('throwing');
    expect(outcome).toMatchObject({ kind: 'failed', name: 'throwing' });
    const { input, error } = outcome as Extract<typeof outcome, { kind: 'failed' }>;
    expect(error).toContain('off by one');
    expect(await fuzz('throwing', input)).toMatchObject({ kind: 'failed', input });
    expect(await fuzz('throwing', Uint8Array.of(1))).toMatchObject({ kind: 'passed', inputs: 1 });
  });

  it('finds an input that never ends', async () => {
    const outcome = await fuzz('hanging', null, { inputLimitMs: 2000 });
    expect(outcome).toMatchObject({ kind: 'failed', name: 'hanging', error: 'no end within 2000 ms' });
    expect(outcome.kind === 'failed' && outcome.input[0]).not.toBe(1);
  });

  it('finds a rejection that nobody waits for, and the end of the process', async () => {
    const rejected = await fuzz('rejecting');
    expect(rejected).toMatchObject({ kind: 'failed', input: Uint8Array.of(1, 2, 3) });
    expect(rejected.kind === 'failed' && rejected.error).toContain('nobody waits for this');
    expect(await fuzz('ending')).toMatchObject({ kind: 'failed' });
  });

  it('fails where there is no such target', async () => {
    expect(await fuzz('nothing of this name')).toMatchObject({ kind: 'failed' });
  });

  it('makes the same inputs from the same seed', () => {
    const samples = [Uint8Array.of(1, 2, 3, 4), new Uint8Array(100).fill(5)];
    const inputs = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 200 }, () => mutate(random, samples, samples).toHex());
    };
    expect(inputs(1)).toEqual(inputs(1));
    expect(inputs(1)).not.toEqual(inputs(2));
    expect(new Set(inputs(1)).size).toBeGreaterThan(150);
  });
});
