import { type PushProblem, type PushState, readPushState, turnPushOff, turnPushOn } from '@sotto/sdk/push';
import { useState } from 'react';
import { Switch } from '../groups/Switch.tsx';
import { Icon } from '../parts/Icon.tsx';
import { Problem } from '../parts/Problem.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { useLoaded } from '../thread/dialogs/useLoaded.ts';
import { words } from '../words.ts';

/** Whether this browser is woken while Sotto is closed, as a row of the settings. */
export function PushSetting() {
  const sotto = useSotto();
  const [changed, setChanged] = useState(0);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<PushProblem | null>(null);
  const [last, setLast] = useState<PushState>('off');
  const state = useLoaded(`push ${changed}`, readPushState) ?? last;
  const choose = async (on: boolean): Promise<void> => {
    setBusy(true);
    setProblem(null);
    if (on) setProblem(await turnPushOn(sotto));
    else await turnPushOff(sotto);
    setLast(await readPushState());
    setChanged((count) => count + 1);
    setBusy(false);
  };
  return (
    <div className="settings-row">
      <Icon name="bell" />
      <span>
        <Switch
          label={words.push.label}
          text={busy ? words.push.busy : words.push.state[state]}
          checked={state === 'on'}
          disabled={busy || state === 'denied' || state === 'unsupported'}
          onChange={(on) => void choose(on)}
        />
        <Problem text={problem === null ? null : words.push.problem[problem]} />
      </span>
    </div>
  );
}
