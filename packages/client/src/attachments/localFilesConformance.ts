/** What every implementation of `LocalFiles` does, as checks that run anywhere, also in a worker of a browser. */
import type { LocalFiles } from '../ports.ts';

interface Place {
  /** The files of one place; opened again it has what was there. */
  open(): Promise<LocalFiles>;
}
interface Case {
  readonly name: string;
  run(place: Place): Promise<void>;
}

function require(holds: boolean, what: string): void {
  if (!holds) throw new Error(`It does not hold that ${what}`);
}
const bytes = (sizeBytes: number, from = 0): Uint8Array =>
  Uint8Array.from({ length: sizeBytes }, (_, at) => (from + at * 7) & 0xff);
const same = (one: Uint8Array, other: Uint8Array): boolean => one.toHex() === other.toHex();

export const localFilesConformance: readonly Case[] = [
  {
    name: 'gives back what was written, after it was opened again',
    async run({ open }) {
      const files = await open();
      const file = await files.open('a-1');
      require((await file.size()) === 0, 'a new file is empty');
      await file.write(0, bytes(300_000));
      await file.write(300_000, bytes(10, 3));
      await file.flush();
      await file.close();
      const again = await (await open()).open('a-1');
      require((await again.size()) === 300_010, 'the size stays');
      require(same(await again.read(0, 300_000), bytes(300_000)), 'the content stays');
      require(same(
        await again.read(299_990, 100),
        new Uint8Array([...bytes(300_000).slice(-10), ...bytes(10, 3)]),
      ), 'a part is read up to the end');
      require((await again.read(400_000, 5)).length === 0, 'nothing is read behind the end');
      await again.close();
    },
  },
  {
    name: 'writes anywhere, over what is there and beyond the end, in any order',
    async run({ open }) {
      const file = await (await open()).open('b');
      const expected = new Uint8Array(2_500_000);
      for (const [offset, size] of [
        [2_400_000, 100_000],
        [0, 70_000],
        [1_048_570, 12],
        [65_552, 65_552],
        [69_990, 700_000],
      ] as const) {
        await file.write(offset, bytes(size, offset));
        expected.set(bytes(size, offset), offset);
      }
      require((await file.size()) === 2_500_000, 'the size is that of the farthest write');
      require(same(await file.read(0, 3_000_000), expected), 'the rest is zeros');
      require(same(
        await file.read(1_048_000, 2_000),
        expected.subarray(1_048_000, 1_050_000),
      ), 'a part is that part');
      await file.close();
    },
  },
  {
    name: 'lists and removes',
    async run({ open }) {
      const files = await open();
      for (const name of ['one', 'two-2']) {
        const file = await files.open(name);
        await file.write(0, bytes(5));
        await file.close();
      }
      require([...(await files.list())].sort().join() === 'one,two-2', 'all are listed');
      await files.remove('one');
      await files.remove('never-there');
      require((await (await open()).list()).join() === 'two-2', 'a removed one is gone');
      const anew = await files.open('one');
      require((await anew.size()) === 0, 'a removed one begins anew');
      await anew.close();
    },
  },
  {
    name: 'has several files open at once',
    async run({ open }) {
      const files = await open();
      const [one, two] = [await files.open('x'), await files.open('y')];
      await Promise.all([
        one.write(0, bytes(100, 1)),
        two.write(0, bytes(100, 2)),
        one.write(100, bytes(9, 3)),
      ]);
      require(same(
        await one.read(0, 109),
        new Uint8Array([...bytes(100, 1), ...bytes(9, 3)]),
      ), 'the first is its own');
      require(same(await two.read(0, 200), bytes(100, 2)), 'the second is its own');
      await one.close();
      await two.close();
    },
  },
];
