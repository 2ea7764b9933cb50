import '../entry/entry.css';
import { Mark } from '../parts/Mark.tsx';
import { readStored } from '../state/stored.ts';
import { words } from '../words.ts';
import { ShellPlaceholder } from './ShellPlaceholder.tsx';

/** Before the engine has said whether someone is signed in: what was here last time is what most likely comes. */
export function StartPlaceholder() {
  if (readStored('lastSession') === 'signedIn') return <ShellPlaceholder />;
  return (
    <main className="entry" aria-busy="true">
      <div className="entry-card">
        <div className="entry-head">
          <Mark />
          <h1 className="hiddenText">{words.app.starting}</h1>
          <span className="placeholder start-line" />
          <span className="placeholder start-line" />
        </div>
      </div>
    </main>
  );
}
