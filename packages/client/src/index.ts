/**
 * The device engine: conversations, sync, outbox, receipts, with no I/O of its own. `api.ts` is what views see,
 * `ports.ts` what a platform brings. See spec/client.md.
 */
export * from './api.ts';
export * from './ports.ts';
