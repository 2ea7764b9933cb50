/** Names of files as they are shown and saved: whoever sent one may have chosen it to mislead. */

const nameLength = 120;
const extensionLength = 12;
// Controls, marks that turn or hide text (bidi, zero-width, variation), line ends, and unpaired surrogates.
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/gu;
const forbidden = /[<>:"|?*]/g;
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Without folders, invisible or turning signs, and what a system forbids; never empty. */
export function safeFileName(name: string, fallback = 'file'): string {
  const last = name.split(/[/\\]/).findLast((part) => part.trim() !== '') ?? '';
  const plain = last
    .replace(invisible, '')
    .replace(forbidden, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[\s.]+|[\s.]+$/g, '');
  if (plain === '') return fallback;
  const named = reserved.test(plain) ? `_${plain}` : plain;
  const signs = [...named];
  if (signs.length <= nameLength) return named;
  const extension = extensionOf(named);
  const end = extension === '' ? '' : `.${extension}`;
  return `${signs.slice(0, nameLength - end.length).join('')}${end}`;
}

/** What stands after the last dot, in small letters; empty where that is no extension. */
export function extensionOf(name: string): string {
  const extension = /\.([\p{L}\p{N}]+)$/u.exec(name)?.[1]?.toLowerCase() ?? '';
  return extension.length <= extensionLength ? extension : '';
}

const extensions: Record<string, string> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
};

/** The name with the extension that a picture of this type has. */
export function namedAs(name: string, mediaType: string): string {
  const extension = extensions[mediaType];
  if (extension === undefined || extensionOf(name) === extension) return name;
  if (extension === 'jpg' && extensionOf(name) === 'jpeg') return name;
  return `${name.replace(/\.[\p{L}\p{N}]{1,12}$/u, '')}.${extension}`;
}
