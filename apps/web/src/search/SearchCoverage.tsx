import { useId } from 'react';
import { useSotto } from '../state/SottoContext.tsx';
import { useWatched } from '../state/useWatched.ts';
import { words } from '../words.ts';

/** How much of everything a search covers, while not all of it is on this device, and a pause for fetching the rest. */
export function SearchCoverage() {
  const sotto = useSotto();
  const history = useWatched({ kind: 'history' });
  const id = useId();
  if (history === undefined) return null;
  const { state, messagesHere, messagesInAll, entriesHere, entriesInAll } = history;
  const isPaused = state === 'paused';
  return (
    <>
      {state !== 'complete' && (
        <div className="coverage">
          <p id={id}>{words.search.covers(messagesHere, messagesInAll)}</p>
          <progress aria-labelledby={id} value={entriesHere} max={Math.max(1, entriesInAll)} />
          <div className="coverage-rest">
            <span>{words.search.rest[state]}</span>
            <button
              type="button"
              aria-label={isPaused ? words.search.resumeLabel : words.search.pauseLabel}
              onClick={() => void (isPaused ? sotto.resumeHistory() : sotto.pauseHistory())}
            >
              {isPaused ? words.search.resume : words.search.pause}
            </button>
          </div>
        </div>
      )}
      {/* Told when it changes, not with every message that comes. */}
      <p className="hiddenText" role="status">
        {words.search.rest[state]}
      </p>
    </>
  );
}
