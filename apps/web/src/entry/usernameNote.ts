import { limits, normalizeUsername } from '../sotto.ts';
import { words } from '../words.ts';

/** What to say below a username while it is typed. The rule itself is the protocol's. */
export function usernameNote(text: string): { note: string; tone: 'plain' | 'good' | 'bad' } {
  const name = text.trim().replace(/^@/, '').toLowerCase();
  const normal = normalizeUsername(text);
  if (name === '') return { note: words.entry.usernameHint, tone: 'plain' };
  if (normal !== null) return { note: words.entry.usernameGood(normal), tone: 'good' };
  if (!/^[a-z]/.test(name)) return { note: words.entry.usernameStart, tone: 'bad' };
  if (!/^[a-z0-9._-]*$/.test(name)) return { note: words.entry.usernameCharacters, tone: 'bad' };
  if (name.length > limits.usernameLength.max)
    return { note: words.entry.usernameLong(limits.usernameLength.max), tone: 'bad' };
  if (/[._-]{2}/.test(name)) return { note: words.entry.usernameMarks, tone: 'bad' };
  if (name.length < limits.usernameLength.min)
    return { note: words.entry.usernameShort(limits.usernameLength.min), tone: 'plain' };
  return { note: words.entry.usernameMarks, tone: 'bad' };
}
