/**
 * Texts as search sees them (spec/search.md §Tokens). Invariant: what a text is indexed under and what a query asks
 * for come from this one function, so both platforms find the same, whatever SQLite's own tokenizers know of Unicode.
 */

/** One word, or one character of a script written without spaces, or one symbol such as an emoji. */
export interface SearchToken {
  /** Folded: no case, no accents; never empty, and free of spaces, quotes and control characters. */
  readonly token: string;
  /** Place in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** A unit of its own, not the beginning of a longer word. */
  readonly isWhole: boolean;
}

/** A longer run of letters is found by its first so many UTF-16 units. */
export const tokenLengthLimit = 64;

const letter = /[\p{L}\p{N}\p{M}\p{Co}]/u;
/** Scripts that do not put spaces between words: every character is a token, and a word is found as a phrase. */
const spaceless =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Bopomofo}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tibetan}]/u;
const symbol = /[\p{Extended_Pictographic}\p{Regional_Indicator}]/u;
/** What may stand inside of a word and changes nothing of it: accents, joiners, directions, skin tones. */
const ignored =
  /[\u0300-\u036f]|[\u0591-\u05c7]|[\u0610-\u061a]|[\u064b-\u065f]|\u0670|\u0640|\u3099|\u309a|[\ufe00-\ufe0f]|\p{Cf}|\p{Emoji_Modifier}/u;
const ignoredAll = new RegExp(ignored, 'gu');
/** Signs that some letters and numbers come apart into, such as the brackets of ㈠ and ⑴, and the point of ⒈. */
const notWord = /[^\P{ASCII}a-z0-9]|\s/gu;

export function searchTokens(text: string): SearchToken[] {
  const tokens: SearchToken[] = [];
  let word = '';
  let start = 0;
  let end = 0;
  const endWord = (): void => {
    if (word !== '') tokens.push({ token: word.slice(0, tokenLengthLimit), start, end, isWhole: false });
    word = '';
  };
  let at = 0;
  for (const character of text) {
    const from = at;
    at += character.length;
    const kind = kindOf(character);
    if (kind === 'ignored') {
      if (word !== '') end = at;
      continue;
    }
    if (kind === 'separator') {
      endWord();
      continue;
    }
    const folded = fold(character);
    if (kind === 'whole') {
      endWord();
      if (folded !== '') tokens.push({ token: folded, start: from, end: at, isWhole: true });
      continue;
    }
    if (folded === '') continue;
    if (word === '') start = from;
    word += folded;
    end = at;
  }
  endWord();
  return tokens;
}

type CharacterKind = 'letter' | 'whole' | 'ignored' | 'separator';

function kindOf(character: string): CharacterKind {
  const code = character.charCodeAt(0);
  if (code < 0x80) {
    const isLetter =
      (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39);
    return isLetter ? 'letter' : 'separator';
  }
  if (ignored.test(character)) return 'ignored';
  if (spaceless.test(character) && letter.test(character)) return 'whole';
  if (letter.test(character)) return 'letter';
  return symbol.test(character) ? 'whole' : 'separator';
}

/** Upper and then lower case, so that "ß" meets "SS" and both sigmas are one. */
function fold(character: string): string {
  if (character.charCodeAt(0) < 0x80) return character.toLowerCase();
  return character.normalize('NFKD').toUpperCase().toLowerCase().replace(ignoredAll, '').replace(notWord, '');
}
