import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of memory that each of `count` values takes (Node). */
export function memoryOfEach(count: number, make: () => unknown): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = () => {
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  make();
  const kept: unknown[] = [];
  const before = used();
  for (let i = 0; i < count; i++) kept.push(make());
  const after = used();
  return (after - before) / kept.length;
}
