/**
 * The head of a sealed device database: a 4-byte length, big-endian, then JSON that says whose it is and when it
 * was locked. It is not secret and not authenticated: it only names what the sign-in page offers.
 */
import type { DeviceLabel } from '@sotto/client';
import type { AccountId, DeviceId } from '@sotto/protocol';

const lengthSizeBytes = 4;
const maxJsonSizeBytes = 1024;
const idPattern = /^[0-9a-f]{32}$/;

export interface SealedHeader {
  readonly label: DeviceLabel;
  readonly lockedAtMs: number;
}

export function encodeSealedHeader({ label, lockedAtMs }: SealedHeader): Uint8Array {
  const { accountId, deviceId, username } = label;
  const json = new TextEncoder().encode(JSON.stringify({ accountId, deviceId, username, lockedAtMs }));
  if (json.length > maxJsonSizeBytes) throw new RangeError('a label of more than 1 kB');
  const bytes = new Uint8Array(lengthSizeBytes + json.length);
  new DataView(bytes.buffer).setUint32(0, json.length);
  bytes.set(json, lengthSizeBytes);
  return bytes;
}

/** What a sealed file consists of. Whoever gets it closes it. */
export interface SealedParts {
  readonly header: SealedHeader;
  readonly body: AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/** The parts of a sealed file; null where it does not begin with a header. */
export async function splitSealedFile(file: AsyncGenerator<Uint8Array>): Promise<SealedParts | null> {
  let bytes: Uint8Array = new Uint8Array(0);
  const fill = async (sizeBytes: number): Promise<boolean> => {
    while (bytes.length < sizeBytes) {
      const next = await file.next();
      if (next.done) return false;
      const joined = new Uint8Array(bytes.length + next.value.length);
      joined.set(bytes);
      joined.set(next.value, bytes.length);
      bytes = joined;
    }
    return true;
  };
  const close = async () => void (await file.return(undefined));
  const header = await readHeader(fill, () => bytes);
  if (header === null) {
    await close();
    return null;
  }
  const first = bytes.subarray(header.sizeBytes);
  async function* body(): AsyncGenerator<Uint8Array> {
    if (first.length > 0) yield first;
    yield* file;
  }
  return { header: header.header, body: body(), close };
}

async function readHeader(
  fill: (sizeBytes: number) => Promise<boolean>,
  read: () => Uint8Array,
): Promise<{ header: SealedHeader; sizeBytes: number } | null> {
  if (!(await fill(lengthSizeBytes))) return null;
  const length = new DataView(read().buffer, read().byteOffset).getUint32(0);
  const sizeBytes = lengthSizeBytes + length;
  if (length > maxJsonSizeBytes || !(await fill(sizeBytes))) return null;
  const header = parseHeader(read().subarray(lengthSizeBytes, sizeBytes));
  return header === null ? null : { header, sizeBytes };
}

function parseHeader(json: Uint8Array): SealedHeader | null {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { accountId, deviceId, username, lockedAtMs } = value as Record<string, unknown>;
  if (typeof accountId !== 'string' || !idPattern.test(accountId)) return null;
  if (typeof deviceId !== 'string' || !idPattern.test(deviceId)) return null;
  if (typeof username !== 'string' || typeof lockedAtMs !== 'number') return null;
  const label = { accountId: accountId as AccountId, deviceId: deviceId as DeviceId, username };
  return { label, lockedAtMs };
}
