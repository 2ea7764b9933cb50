import type { ReactNode } from 'react';
import type { TransferView } from '../../sotto.ts';
import { mediaSentences as say } from '../mediaSentences.ts';

type Moving = Extract<TransferView, { doneBytes: number }>;

const radius = 17;
const length = 2 * Math.PI * radius;

/** How far a transfer is, around what it is about. */
export function TransferRing({ transfer, children }: { transfer: Moving; children: ReactNode }) {
  const { doneBytes, totalBytes } = transfer;
  const part = totalBytes === 0 ? 0 : Math.min(1, doneBytes / totalBytes);
  return (
    <span className="transferRing" data-paused={transfer.paused}>
      <svg viewBox="0 0 40 40" aria-hidden="true">
        <circle cx="20" cy="20" r={radius} />
        <circle cx="20" cy="20" r={radius} strokeDasharray={length} strokeDashoffset={length * (1 - part)} />
      </svg>
      {children}
      <progress className="hiddenText" aria-label={transferText(transfer)} max={1} value={part} />
    </span>
  );
}

export function transferText({ kind, paused, doneBytes, totalBytes }: Moving): string {
  const [done, total] = [say.size(doneBytes), say.size(totalBytes)];
  if (paused) return say.bubble.paused(done, total);
  if (kind === 'preparing') return say.bubble.preparing;
  return kind === 'uploading' ? say.bubble.uploading(done, total) : say.bubble.downloading(done, total);
}
