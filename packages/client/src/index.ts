/**
 * The device engine: conversations, sync, outbox, receipts, with no I/O of its own. `api.ts` is what views see,
 * `ports.ts` what a platform brings. See spec/client.md.
 */
export { type DeviceRow, insertDevice } from './account/deviceTable.ts';
export * from './api.ts';
export { migrate } from './database/migrate.ts';
export { DeviceStopped } from './device/steps.ts';
export { storeChain } from './directory/chainTable.ts';
export { type Engine, openEngine } from './engine/openEngine.ts';
export * from './ports.ts';
