import { words } from '../words.ts';

export type TickKind = 'waiting' | 'sent' | 'delivered' | 'read' | 'failed';

const paths: Record<TickKind, string> = {
  waiting: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3l2 1.500',
  sent: 'M3.500 8.500l3 3 6-7',
  delivered: 'M1 8.500l3 3 6-7M7.500 11.300l.2.200 6-7',
  read: 'M1 8.500l3 3 6-7M7.500 11.300l.2.200 6-7',
  failed: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.500M8 11v.01',
};

/** How far one of one's own messages has got. */
export function Tick({ kind }: { kind: TickKind }) {
  return (
    <svg
      className="tick"
      data-tick={kind}
      viewBox="0 0 16 16"
      role="img"
      aria-label={words.thread.tick[kind]}
    >
      <path d={paths[kind]} />
    </svg>
  );
}
