/** What is being named before the caret: a person after `@`, an emoji after `:`. */
export interface Naming {
  readonly kind: 'mention' | 'emoji';
  /** Without its sign. */
  readonly text: string;
  /** Where the sign stands. */
  readonly start: number;
}

const mention = /(?<![\w@.-])@([\w.-]{0,32})$/u;
const emoji = /(?<![\w:])[:]([a-z0-9_+-]{2,24})$/iu;
const lookedAt = 40;

export function namingAt(text: string, caret: number): Naming | null {
  const before = text.slice(Math.max(0, caret - lookedAt), caret);
  const found = mention.exec(before);
  if (found !== null) return { kind: 'mention', text: found[1]!, start: caret - found[0].length };
  const named = emoji.exec(before);
  return named === null ? null : { kind: 'emoji', text: named[1]!, start: caret - named[0].length };
}

/** `:name:`, written out up to the caret. */
export function namedEmojiAt(text: string, caret: number): Naming | null {
  const before = text.slice(Math.max(0, caret - lookedAt), caret);
  const found = /(?<![\w:])[:]([a-z0-9_+-]{1,32}):$/iu.exec(before);
  return found === null ? null : { kind: 'emoji', text: found[1]!, start: caret - found[0].length };
}
