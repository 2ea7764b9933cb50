/** Files of simulated devices, in memory, and their way to the simulated server's blobs, which knows no HTTP. */
import { Readable } from 'node:stream';
import type { BlobTransport, LocalFiles, UploadAnswer } from '@sotto/client';
import type { SimulatedServer } from './simulatedServer.ts';

export interface SimulatedFiles {
  /** An empty disk of one device. */
  local(): LocalFiles;
  readonly transport: BlobTransport;
  /** Everything that was uploaded. */
  readonly parts: readonly Uint8Array[];
  /** Everything that any device has on its disk. */
  stored(): Uint8Array[];
}

type PartOutcome = Awaited<ReturnType<ReturnType<SimulatedServer['transfers']>['receive']>>;

export function createSimulatedFiles(server: SimulatedServer): SimulatedFiles {
  const parts: Uint8Array[] = [];
  const disks: Map<string, Uint8Array>[] = [];
  const answer = (outcome: PartOutcome): UploadAnswer =>
    outcome.kind === 'done'
      ? { kind: 'offset', offset: outcome.value.offset }
      : { kind: 'error', error: outcome.error };
  return {
    parts,
    stored: () => disks.flatMap((disk) => [...disk.values()]),
    local() {
      const disk = new Map<string, Uint8Array>();
      disks.push(disk);
      return localFiles(disk);
    },
    transport: {
      uploaded: async (ticket) => answer(await server.transfers().progress(ticket)),
      async upload(ticket, offset, part) {
        parts.push(part.slice());
        return answer(await server.transfers().receive(ticket, offset, Readable.from([part.slice()])));
      },
      async download(blobId, ticket, { start, end }) {
        const id = blobId as Parameters<ReturnType<SimulatedServer['transfers']>['read']>[0];
        const admitted = await server.transfers().admit(ticket, id);
        if (admitted.kind === 'refused') return { kind: 'error', error: admitted.error };
        const bytes = await server.transfers().read(id, start, end - 1);
        return bytes === null ? { kind: 'unreachable' } : { kind: 'bytes', bytes: copies(bytes) };
      },
    },
  };
}

function localFiles(disk: Map<string, Uint8Array>): LocalFiles {
  return {
    list: async () => [...disk.keys()],
    async open(name) {
      if (!disk.has(name)) disk.set(name, new Uint8Array(0));
      const present = () => disk.get(name) ?? new Uint8Array(0);
      return {
        size: async () => present().length,
        read: async (offset, sizeBytes) => present().slice(offset, offset + sizeBytes),
        async write(offset, bytes) {
          const grown = new Uint8Array(Math.max(present().length, offset + bytes.length));
          grown.set(present());
          grown.set(bytes, offset);
          disk.set(name, grown);
        },
        flush: async () => {},
        close: async () => {},
      };
    },
    async remove(name) {
      disk.delete(name);
    },
  };
}

/** The server reuses its buffers. */
async function* copies(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield piece.slice();
}
