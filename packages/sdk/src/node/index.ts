export { StorageError, type StorageErrorKind } from '../database/storageError.ts';
export { type NodeOptions, type NodeSotto, openSotto } from './openSotto.ts';
