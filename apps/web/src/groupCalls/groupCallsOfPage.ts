/** The SDK's group calls of this page, as calls/callsOfPage.ts. */
import type { GroupCalls } from '@sotto/sdk/groupCalls';
import { createProvided } from '../calls/provided.ts';

const provided = createProvided<GroupCalls>();

/** By the entry, once. */
export const provideGroupCalls = provided.provide;

/** Fetched when a call first needs them; the same ones from then on. */
export const groupCallsOfPage = provided.of;
