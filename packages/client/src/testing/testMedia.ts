/** Files of test devices: in memory, and fetched from the delivery service's own transfers without HTTP. */
import { Readable } from 'node:stream';
import type { DeliveryService } from '@sotto/server';
import type { BlobTransport, LocalFile, LocalFiles, Platform, UploadAnswer } from '../ports.ts';

/** What a device has on its disk beside the database: it outlives the process. */
export class TestFiles implements LocalFiles {
  readonly #files = new Map<string, Uint8Array>();

  async list(): Promise<readonly string[]> {
    return [...this.#files.keys()];
  }

  async open(name: string): Promise<LocalFile> {
    const files = this.#files;
    const bytes = (): Uint8Array => files.get(name) ?? new Uint8Array(0);
    files.set(name, bytes());
    return {
      size: async () => bytes().length,
      read: async (offset, sizeBytes) => bytes().slice(offset, offset + sizeBytes),
      write: async (offset, part) => {
        const whole = new Uint8Array(Math.max(bytes().length, offset + part.length));
        whole.set(bytes());
        whole.set(part, offset);
        files.set(name, whole);
      },
      flush: async () => undefined,
      close: async () => undefined,
    };
  }

  async remove(name: string): Promise<void> {
    this.#files.delete(name);
  }
}

/** `isOnline` false: nothing is reached. */
export function createTestMedia(
  service: DeliveryService,
  files: LocalFiles,
  isOnline: () => boolean,
): NonNullable<Platform['media']> {
  return { files, blobs: createTransport(service, isOnline) };
}

function createTransport({ transfers }: DeliveryService, isOnline: () => boolean): BlobTransport {
  const unreachable = { kind: 'unreachable' } as const;
  return {
    async uploaded(ticket): Promise<UploadAnswer> {
      if (!isOnline()) return unreachable;
      const progress = await transfers.progress(ticket);
      if (progress.kind === 'refused') return { kind: 'error', error: progress.error };
      return { kind: 'offset', offset: progress.value.offset };
    },
    async upload(ticket, offset, part): Promise<UploadAnswer> {
      if (!isOnline()) return unreachable;
      const received = await transfers.receive(ticket, offset, Readable.from([part]));
      if (received.kind === 'refused') return { kind: 'error', error: received.error };
      return { kind: 'offset', offset: received.value.offset };
    },
    async download(blobId, ticket, { start, end }) {
      if (!isOnline()) return unreachable;
      const id = blobId as Parameters<typeof transfers.read>[0];
      const admitted = await transfers.admit(ticket, id);
      if (admitted.kind === 'refused') return { kind: 'error', error: admitted.error };
      const bytes = await transfers.read(id, start, Math.min(end, admitted.value) - 1);
      return bytes === null ? unreachable : { kind: 'bytes', bytes };
    },
  };
}
