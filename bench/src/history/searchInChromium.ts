/** Entry of `runInChromium`. */
export { default } from '@sotto/sdk/searchInChromium';
