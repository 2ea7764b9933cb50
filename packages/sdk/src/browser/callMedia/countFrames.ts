import type { FrameWorker } from '../calls/frames/frameWorker.ts';
import type { FrameStatistics } from './mediaTypes.ts';

/** Of all lines together; nothing where the worker is gone. */
export async function countFrames(worker: Pick<FrameWorker, 'counts'>): Promise<FrameStatistics> {
  const counts = await worker.counts().catch(() => []);
  const sum = (direction: 'seals' | 'opens', member: 'passed' | 'dropped'): number =>
    counts.reduce((total, count) => total + (count.direction === direction ? count[member] : 0), 0);
  return {
    sealed: sum('seals', 'passed'),
    opened: sum('opens', 'passed'),
    notSealed: sum('seals', 'dropped'),
    notOpened: sum('opens', 'dropped'),
  };
}
