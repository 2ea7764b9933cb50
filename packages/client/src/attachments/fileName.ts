/**
 * Names of files as they are shown and saved (spec/attachments.md, "Names and types"). Invariant: what comes out is one path
 * component on every system, and looks like what it is: nothing in it turns its order around or cannot be seen.
 */

const maxLength = 120;
const maxExtensionLength = 16;
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** `fallback`: where nothing is left of the name. */
export function safeFileName(name: string, fallback = 'file'): string {
  const last = name.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .normalize('NFC')
    // Invisible ones and those that reorder (bidi) are of category Cf; line separators break lines in dialogs.
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[\s.]+|[\s.]+$/g, '');
  if (plain === '') return fallback;
  const short = shortened(plain);
  return reserved.test(short) ? `_${short}` : short;
}

/** Cut in the middle, so that the extension stays. */
function shortened(name: string): string {
  const characters = [...name];
  if (characters.length <= maxLength) return name;
  const dot = characters.lastIndexOf('.');
  const extension = dot > 0 && characters.length - dot <= maxExtensionLength ? characters.slice(dot) : [];
  return [...characters.slice(0, maxLength - extension.length - 1), '…', ...extension].join('');
}
