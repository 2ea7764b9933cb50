/** Why a device's storage failed, the same for every platform: what the session view tells the user comes from `kind`. */
export type StorageErrorKind =
  /** What is stored is not a sound database. The file is left as it was found. */
  | 'corrupt'
  /** No room: the transaction was undone, and the database goes on. */
  | 'full'
  /** The disk, OPFS or IndexedDB does not do what it should. */
  | 'unavailable'
  /** Another process or worker owns this device's storage. */
  | 'anotherOwner';

/** Thrown by databases of every platform. Carries no user data: SQL and values stay out of the message. */
export class StorageError extends Error {
  readonly kind: StorageErrorKind;

  constructor(kind: StorageErrorKind, message: string) {
    super(message);
    this.name = 'StorageError';
    this.kind = kind;
  }
}

/** SQLite's primary result codes that are about storage rather than about the statement (sqlite.org/rescode.html). */
const storageCodes = new Map<number, StorageErrorKind>([
  [5, 'anotherOwner'], // SQLITE_BUSY
  [8, 'unavailable'], // SQLITE_READONLY
  [10, 'unavailable'], // SQLITE_IOERR
  [11, 'corrupt'], // SQLITE_CORRUPT
  [13, 'full'], // SQLITE_FULL
  [14, 'unavailable'], // SQLITE_CANTOPEN
  [15, 'anotherOwner'], // SQLITE_PROTOCOL
  [26, 'corrupt'], // SQLITE_NOTADB
]);

/** The storage error that an (extended) SQLite result code stands for; null where it is the statement's fault. */
export function storageErrorOf(resultCode: number): StorageError | null {
  const kind = storageCodes.get(resultCode & 0xff);
  return kind === undefined ? null : new StorageError(kind, `SQLite answered ${resultCode}`);
}
