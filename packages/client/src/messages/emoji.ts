/** The longest that Unicode recommends are of 15 UTF-16 units (families, flags with tags). */
const longestEmoji = 32;
const oneEmoji = /^\p{RGI_Emoji}$/v;

/** Whether `text` is one emoji and nothing else, as Unicode recommends it for interchange (UTS #51, ED-27). */
export function isEmoji(text: string): boolean {
  return text.length <= longestEmoji && oneEmoji.test(text);
}
