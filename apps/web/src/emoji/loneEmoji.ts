const lone = /^(?:\p{RGI_Emoji}){1,3}$/v;
/** Longer texts are not looked at: three of the longest emoji are shorter. */
const lengthLimit = 60;

/** How many emoji a text is made of, where it is one to three and nothing else; else 0. */
export function loneEmojiCount(text: string): number {
  if (text.length > lengthLimit) return 0;
  const bare = text.replace(/\s+/g, '');
  return lone.test(bare) ? [...bare.matchAll(/\p{RGI_Emoji}/gv)].length : 0;
}
