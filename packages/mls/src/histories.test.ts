import { suiteIds } from '@sotto/primitives';
import { loadNodeProvider } from '@sotto/primitives/node';
import { describe, expect, it } from 'vitest';
import { History } from './testing/history.ts';

/**
 * Long histories. By default some hundred operations in groups of up to 40; SOTTO_MLS_OPERATIONS=4000 for as many in
 * groups of up to 200 (about half an hour), SOTTO_MLS_SEED for another history.
 */
const provider = await loadNodeProvider();
const asked = process.env.SOTTO_MLS_OPERATIONS;
const operations = Number(asked ?? 160);
const largest = asked === undefined ? 40 : 200;
const seed = Number(process.env.SOTTO_MLS_SEED ?? 1);

describe(`a history of ${operations} operations in a group of up to ${largest}, seed ${seed},`, () => {
  it('keeps all members in agreement and everyone else out', { timeout: 7_200_000 }, async () => {
    const suite = provider.suite(suiteIds.x25519ChaCha20);
    const history = await History.start(suite, seed, asked === undefined ? 12 : 150, largest);
    await history.run(operations);
    if (asked !== undefined) console.log(history.done);
    expect(history.done.commits).toBeGreaterThan(operations / 5);
    expect(history.done.largest).toBeGreaterThan(largest / 2);
  });
});
