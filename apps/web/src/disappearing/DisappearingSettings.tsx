import { lazy, Suspense, useState } from 'react';
import { Switch } from '../groups/Switch.tsx';
import { Icon } from '../parts/Icon.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { useLoaded } from '../thread/dialogs/useLoaded.ts';
import { words } from '../words.ts';
import { chooseBlur, useBlurChoice } from './awayBlur.ts';
import { durationWords } from './durationWords.ts';

const TimerDialog = lazy(() => import('./TimerDialog.tsx'));

/** What an account chose for all of its conversations, and what this browser does, as rows of the settings. */
export function DisappearingSettings() {
  const sotto = useSotto();
  const blurred = useBlurChoice();
  const [asking, setAsking] = useState(false);
  const [changed, setChanged] = useState(0);
  const [last, setLast] = useState<number | null>(null);
  const text = words.disappearing;
  const loaded = useLoaded(`timer ${changed}`, () => sotto.readDefaultTimer());
  // While it is read anew, what was set stands there.
  const seconds = loaded ?? last;
  return (
    <>
      {seconds !== null && (
        <button type="button" className="settings-row" onClick={() => setAsking(true)}>
          <Icon name="timer" />
          <span>
            <strong>{text.default.title}</strong>
            <small>{seconds === 0 ? text.default.off : text.default.on(durationWords(seconds))}</small>
          </span>
        </button>
      )}
      <div className="settings-row">
        <Icon name="eyeClosed" />
        <span>
          <Switch label={text.blur} text={text.blurText} checked={blurred} onChange={chooseBlur} />
        </span>
      </div>
      {asking && seconds !== null && (
        <Suspense>
          <TimerDialog
            title={text.default.title}
            text={text.default.text}
            seconds={seconds}
            saveLabel={text.default.save}
            fixedBecause={null}
            save={async (next) => {
              const outcome = await sotto.setDefaultTimer(next);
              if (outcome.kind === 'ok') {
                setLast(next);
                setChanged((count) => count + 1);
              }
              return outcome;
            }}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
    </>
  );
}
