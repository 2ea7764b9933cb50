/** The SDK's calls of this page, which the entry provides: the product's over WebRTC, the fixture's over nothing. */
import type { Calls } from '@sotto/sdk/calls';
import { createProvided } from './provided.ts';

const provided = createProvided<Calls>();

/** By the entry, once. */
export const provideCalls = provided.provide;

/** Fetched when a call first needs them; the same ones from then on. */
export const callsOfPage = provided.of;
