/**
 * What someone types into a search box, as terms to find (spec/search.md §Queries). Invariant: any text gives a query,
 * and no part of it reaches SQLite as anything but quoted tokens.
 */
import type { TextRange } from '../api.ts';
import { type SearchToken, searchTokens, tokenLengthLimit } from './searchTokens.ts';

/** Tokens that stand side by side; where `isPrefix`, the last one may go on. */
interface SearchTerm {
  readonly tokens: readonly string[];
  readonly isPrefix: boolean;
}
/** All terms must be met. None: nothing is found. */
export type SearchQuery = readonly SearchTerm[];

const queryLengthLimit = 512;
const termLimit = 12;
const tokensPerTerm = 64;

/** Words are met by what begins with them; "text in quotes" by itself alone. */
export function parseSearch(text: string): SearchQuery {
  const terms: SearchTerm[] = [];
  const parts = text.slice(0, queryLengthLimit).matchAll(/["“”„]([^"“”„]*)(["“”„]|$)|[^\s"“”„]+/g);
  for (const [whole, quoted, close] of parts) {
    const tokens = searchTokens(quoted ?? whole).slice(0, tokensPerTerm);
    const last = tokens.at(-1);
    if (last === undefined) continue;
    const isExact = quoted !== undefined && close !== '';
    terms.push({
      tokens: tokens.map(({ token }) => token),
      isPrefix: !last.isWhole && (!isExact || last.token.length >= tokenLengthLimit),
    });
    if (terms.length === termLimit) break;
  }
  return terms;
}

/** As an FTS5 expression over `column`; null where there is nothing to find. */
export function matchExpression(query: SearchQuery, column: string): string | null {
  if (query.length === 0) return null;
  const terms = query.map(({ tokens, isPrefix }) => `"${tokens.join(' ')}"${isPrefix ? ' *' : ''}`);
  return `{${column}} : (${terms.join(' AND ')})`;
}

/** Where the terms stand in a text that was found, in order and without overlaps. */
export function foundRanges(query: SearchQuery, text: string): TextRange[] {
  const tokens = searchTokens(text);
  const marked = new Uint8Array(tokens.length);
  for (const term of query) {
    for (let at = 0; at + term.tokens.length <= tokens.length; at++) {
      if (standsAt(term, tokens, at)) marked.fill(1, at, at + term.tokens.length);
    }
  }
  const ranges: { start: number; end: number }[] = [];
  tokens.forEach(({ start, end }, at) => {
    if (marked[at] === 0) return;
    const last = ranges.at(-1);
    if (last !== undefined && marked[at - 1] === 1 && start === last.end) last.end = end;
    else ranges.push({ start, end });
  });
  return ranges;
}

function standsAt(term: SearchTerm, tokens: readonly SearchToken[], at: number): boolean {
  return term.tokens.every((wanted, offset) => {
    const found = tokens[at + offset]?.token ?? '';
    return term.isPrefix && offset === term.tokens.length - 1 ? found.startsWith(wanted) : found === wanted;
  });
}
