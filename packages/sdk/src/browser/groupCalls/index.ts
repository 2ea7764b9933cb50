/** Group calls in a page (spec/groupCallMedia.md, "In the page"). */
export { createGroupCalls } from './createGroupCalls.ts';
export type * from './groupCallSession.ts';
