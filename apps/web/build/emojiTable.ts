/**
 * The emoji of the app's picker, made at build time from `emojibase-data`: a fifth of its size, as the module
 * `virtual:emojiTable`. One line for each: emoji, name, short names, other words, and whether it has skin tones;
 * fields are parted by tabs, groups by empty lines.
 */
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

interface Entry {
  readonly group?: number;
  readonly order?: number;
  readonly hexcode: string;
  readonly label: string;
  readonly tags?: readonly string[];
  readonly unicode: string;
  readonly skins?: readonly { readonly unicode: string; readonly hexcode: string }[];
}

const require = createRequire(import.meta.url);
const moduleId = 'virtual:emojiTable';
/** Skin tones and hair by themselves. */
const componentGroup = 2;
const modifierBase = /\p{Emoji_Modifier_Base}\uFE0F?/gu;

export function emojiTable(): Plugin {
  return {
    name: 'emojiTable',
    resolveId: (id) => (id === moduleId ? `\0${moduleId}` : null),
    load: (id) => (id === `\0${moduleId}` ? `export default ${JSON.stringify(makeEmojiTable())}` : null),
  };
}

export function makeEmojiTable(): string {
  const entries = require('emojibase-data/en/compact.json') as readonly Entry[];
  const names = require('emojibase-data/en/shortcodes/github.json') as Record<string, string | string[]>;
  const groups = new Map<number, string[]>();
  for (const { group, label, tags = [], hexcode, skins, ...entry } of inOrder(entries)) {
    if (group === undefined || group === componentGroup) continue;
    const unicode = asRecommended(entry.unicode);
    const short = [
      names[hexcode] ??
        label
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, '_')
          .replace(/^_|_$/g, ''),
    ].flat();
    const known = new Set([...short, ...label.toLowerCase().split(' ')]);
    const words = tags.map((tag) => tag.toLowerCase()).filter((tag) => !known.has(tag));
    const line = [unicode, label, short.join(' '), words.join(' '), hasTones(unicode, skins) ? '1' : ''];
    groups.set(group, [...(groups.get(group) ?? []), line.join('\t').trimEnd()]);
  }
  return [...groups.values()].map((lines) => lines.join('\n')).join('\n\n');
}

function inOrder(entries: readonly Entry[]): readonly Entry[] {
  return entries.toSorted((a, b) => (a.group ?? 0) - (b.group ?? 0) || (a.order ?? 0) - (b.order ?? 0));
}

/** Without the selector that emoji of their own do not need: so it is compared, and so others send it. */
function asRecommended(unicode: string): string {
  return /^\p{RGI_Emoji}$/v.test(unicode) ? unicode : unicode.replaceAll('\uFE0F', '');
}

/** Its variants are what `withTone` of the app makes of it. */
function hasTones(unicode: string, skins: Entry['skins']): boolean {
  return skins?.some((skin) => skin.unicode === unicode.replace(modifierBase, toned)) ?? false;
}

function toned(base: string): string {
  return `${base.replace('\uFE0F', '')}\u{1F3FB}`;
}
