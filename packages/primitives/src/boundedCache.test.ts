import { expect, it } from 'vitest';
import { BoundedCache } from './boundedCache.ts';

it('makes each value once while it is in use, and forgets those used least', () => {
  let made = 0;
  const cache = new BoundedCache(4, (key) => {
    made++;
    return key[0];
  });
  const get = (n: number) => cache.get(new Uint8Array([n]));
  expect([get(1), get(2), get(1)]).toEqual([1, 2, 1]);
  expect(made).toBe(2);
  // Key 1 is asked for between all others, so it stays; key 2 goes.
  for (let n = 10; n < 30; n++) expect([get(n), get(1)]).toEqual([n, 1]);
  expect(made).toBe(22);
  get(2);
  expect(made).toBe(23);
});
