/**
 * The device engine: conversations, sync, outbox, receipts, with no I/O of its own. `api.ts` is what views see,
 * `ports.ts` what a platform brings. See spec/client.md.
 */
export * from './api.ts';
export { migrate } from './database/migrate.ts';
export { DeviceStopped } from './device/steps.ts';
export { type Engine, openEngine } from './engine/openEngine.ts';
export { readGroup } from './groups/groupTable.ts';
export * from './ports.ts';
export {
  confirmEnrolment,
  createNewDevice,
  grantDevice,
  type NewDevice,
  storeEnrolment,
} from './signIn/enrolment.ts';
export { signIn } from './signIn/signIn.ts';
