import type { ClientDatabase } from '@sotto/client';

/** What a platform has to do for `createDeviceDatabases`: one plain database, and sealed files beside it. */
export interface DeviceFiles {
  /** Opens the plain database; an empty one where there is none. @throws StorageError */
  openPlain(): Promise<ClientDatabase>;
  /** The bytes of the plain database, which is closed. */
  readPlain(): AsyncGenerator<Uint8Array>;
  /** Makes the plain database anew from its bytes, durably. A crash may leave part of it. */
  writePlain(bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** Removes the plain database with all that belongs to it; nothing happens where there is none. */
  removePlain(): Promise<void>;
  readonly sealed: SealedFiles;
}

/**
 * Files by name (the device id). A file is there completely and durably or not at all; it is written *open*, and
 * says so until it is settled.
 */
interface SealedFiles {
  list(): Promise<readonly SealedFile[]>;
  /** Replaces what has this name. */
  write(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  read(name: string): AsyncGenerator<Uint8Array>;
  /** Marks the file, durably. */
  mark(name: string, state: SealedState): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface SealedFile {
  readonly name: string;
  readonly state: SealedState;
}

/** `open`: the plain database may be there too, whole or in part, and holds nothing newer. */
export type SealedState = 'open' | 'settled';
