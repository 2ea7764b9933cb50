/**
 * Local files with ciphertext, as parts of this device share them. Invariant: a file is open once, however many read and write
 * it at the same time, and files of other devices of this place (signed out here) are never touched.
 */
import type { Provider } from '@sotto/crypto';
import type { DeviceId } from '@sotto/protocol';
import type { LocalFile, LocalFiles } from '../ports.ts';

interface OpenFile {
  users: number;
  readonly file: Promise<LocalFile>;
}

export class LocalBlobs {
  readonly #files: LocalFiles;
  readonly #provider: Provider;
  readonly #prefix: string;
  readonly #open = new Map<string, OpenFile>();
  /** Closing, or being removed: to be waited for before it is opened again. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(files: LocalFiles, provider: Provider, deviceId: DeviceId) {
    this.#files = files;
    this.#provider = provider;
    this.#prefix = `${deviceId}-`;
  }

  /** Of a file that is not there yet. */
  newName(): string {
    return `${this.#prefix}${this.#provider.randomBytes(16).toHex()}`;
  }

  async use<T>(name: string, work: (file: LocalFile) => Promise<T>): Promise<T> {
    const open = this.#opened(name);
    open.users += 1;
    try {
      return await work(await open.file);
    } finally {
      open.users -= 1;
      if (open.users === 0) this.#close(name, open);
    }
  }

  isOpen(name: string): boolean {
    return this.#open.has(name);
  }

  /** Nobody uses it any more. */
  async remove(name: string): Promise<void> {
    await this.#ending.get(name);
    if (this.#open.has(name)) return;
    await this.#endWith(name, this.#files.remove(name));
  }

  /** Removes this device's files that are not `named`. */
  async sweep(named: (name: string) => boolean): Promise<void> {
    for (const name of await this.#files.list()) {
      if (name.startsWith(this.#prefix) && !this.isOpen(name) && !named(name)) await this.remove(name);
    }
  }

  #opened(name: string): OpenFile {
    const present = this.#open.get(name);
    if (present !== undefined) return present;
    const ending = this.#ending.get(name) ?? Promise.resolve();
    const open: OpenFile = { users: 0, file: ending.then(() => this.#files.open(name)) };
    this.#open.set(name, open);
    return open;
  }

  #close(name: string, open: OpenFile): void {
    this.#open.delete(name);
    // One that could not be opened has nothing to close.
    const closing = open.file.then((file) => file.close()).catch(() => undefined);
    void this.#endWith(name, closing);
  }

  async #endWith(name: string, ending: Promise<void>): Promise<void> {
    const quiet = ending.catch(() => undefined);
    this.#ending.set(name, quiet);
    try {
      await ending;
    } finally {
      if (this.#ending.get(name) === quiet) this.#ending.delete(name);
    }
  }
}
