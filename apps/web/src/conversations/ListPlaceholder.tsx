import { words } from '../words.ts';
import './conversations.css';

const rows = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Stands where the conversations are about to be. */
export function ListPlaceholder() {
  return (
    <div className="list-scroller">
      <span className="hiddenText" role="status">
        {words.list.loading}
      </span>
      {rows.map((row) => (
        <div className="list-placeholderRow" key={row}>
          <span className="placeholder" />
          <span className="placeholder" />
          <span className="placeholder" />
        </div>
      ))}
    </div>
  );
}
