import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { disappearingText } from '@sotto/client/fillDisappearing';

const patienceMs = 5_000;

/** In how many places below `folder` the text of a message is, once that is none or some seconds have passed. */
export async function countTextsLeft(folder: string): Promise<number> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const left = countTexts(folder);
    if (left === 0 || performance.now() > endMs) return left;
    await delay(200);
  }
}

/** Which is followed by a number, other than in the program that wrote it. */
export function countTexts(folder: string): number {
  let count = 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  for (const { parentPath, name } of files) {
    const content = readFileSync(join(parentPath, name));
    const text = Buffer.from(`${disappearingText} `);
    for (let at = content.indexOf(text); at >= 0; at = content.indexOf(text, at + 1)) {
      const next = content[at + text.length] ?? 0;
      if (next >= 0x30 && next <= 0x39) count += 1;
    }
  }
  return count;
}
