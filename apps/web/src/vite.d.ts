declare module '*.css';

/** Made by build/emojiTable.ts. */
declare module 'virtual:emojiTable' {
  const table: string;
  export default table;
}
