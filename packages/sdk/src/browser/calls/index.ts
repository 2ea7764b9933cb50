/** Calls in a page (spec/callMedia.md, "In the page"). */
export type * from './callSession.ts';
export { createCalls } from './createCalls.ts';
