import { words } from '../words.ts';
import './thread.css';

const bubbles = [
  { id: 'a', width: 'wide', mine: false },
  { id: 'b', width: 'narrow', mine: true },
  { id: 'c', width: 'middle', mine: false },
  { id: 'd', width: 'wide', mine: true },
  { id: 'e', width: 'narrow', mine: false },
] as const;

/** Stands where messages are about to be. `bare` leaves out the bar and the composer, which are there already. */
export function ThreadPlaceholder({ bare = false }: { bare?: boolean }) {
  const lines = (
    <div className="thread-placeholder">
      <span className="hiddenText" role="status">
        {words.thread.loading}
      </span>
      {bubbles.map(({ id, width, mine }) => (
        <span key={id} className="placeholder" data-width={width} data-mine={mine} />
      ))}
    </div>
  );
  if (bare) return lines;
  return (
    <main className="pane thread">
      <div className="paneBar">
        <span className="placeholder thread-placeholderName" />
      </div>
      {lines}
    </main>
  );
}
