export { DiskBlobStore } from './blobs/diskBlobStore.ts';
export { createServer, type RunningServer, type ServerOptions } from './createServer.ts';
export {
  type ConnectedPeer,
  DeliveryService,
  type DeliveryServiceOptions,
  type SignInAnswer,
} from './deliveryService.ts';
export type { Clock, LogFields, Logger, Peer, Random } from './ports.ts';
export { defaultRates, type Rates, unlimitedRates } from './rates.ts';
export type { FaultHook, FaultPoint } from './store/sqlite/groupCommit.ts';
export { openDatabase, openMemoryDatabase, prepareDatabase } from './store/sqlite/openDatabase.ts';
export { SqliteStore, type SqliteStoreOptions } from './store/sqlite/sqliteStore.ts';
export type { Store } from './store/store.ts';
export { silentLogger, systemClock, systemRandom } from './systemPorts.ts';
