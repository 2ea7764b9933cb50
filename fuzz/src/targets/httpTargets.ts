/** Headers of uploads and downloads: whatever stands in them, what is read of them can be used as it is. */
import { readOffset, readRange, readTicket } from '@sotto/server/blobHeaders';
import type { Target } from '../target.ts';

/** Sizes of blobs that a range is read for: the ends of what there is. */
const sizes = [1, 2, 65_536, 1_000_000, 2 ** 31 + 5, 2 ** 40];
const mostTicketBytes = 96;
const encoder = new TextEncoder();

const ranges = [
  'bytes=0-',
  'bytes=0-0',
  'bytes=5-65535',
  'bytes=-1',
  'bytes=-0',
  'bytes=65536-',
  'bytes=999999999999999-999999999999999',
  'bytes=2-1',
  'bytes=0-1,3-4',
  'items=0-5',
  'bytes=-',
];
const ticket = new Uint8Array(32).fill(0xa5).toBase64({ alphabet: 'base64url', omitPadding: true });

export function httpTargets(): Target[] {
  return [
    headerTarget('http.range', ranges, (header) => {
      for (const sizeBytes of sizes) {
        const range = readRange(header, sizeBytes);
        if (range === null || range === 'unsatisfiable') continue;
        const { start, end } = range;
        const isWithin = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0;
        if (!isWithin || end < start || end >= sizeBytes) throw new Error('a range outside of the blob');
      }
    }),
    headerTarget('http.ticket', [`Sotto ${ticket}`, `sotto ${ticket}`, `Bearer ${ticket}`], (header) => {
      const read = readTicket(header);
      if (read !== null && read.length > mostTicketBytes) throw new Error('a ticket of any size');
    }),
    headerTarget(
      'http.uploadOffset',
      ['0', '8388608', '999999999999999', '-1', '1e3', '0x10', ' 5'],
      (header) => {
        const offset = readOffset(header);
        if (offset !== null && !(Number.isSafeInteger(offset) && offset >= 0)) throw new Error('no offset');
      },
    ),
  ];
}

/** Inputs are headers as Node gives them: a character for each byte. */
function headerTarget(name: string, samples: readonly string[], run: (header: string) => void): Target {
  return {
    name,
    samples: samples.map((text) => encoder.encode(text)),
    run: (bytes) => run(Buffer.from(bytes).toString('latin1')),
  };
}
