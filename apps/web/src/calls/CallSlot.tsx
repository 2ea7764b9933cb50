import { lazy, Suspense, useEffect, useState } from 'react';
import type { CallView } from '../sotto.ts';
import { clearCallStage, useCallStage } from './stage.ts';

const CallLayer = lazy(() => import('./CallLayer.tsx'));

/** Everything of calls that lies in or over the shell; fetched when there first is something of them. */
export function CallSlot({ calls }: { calls: readonly CallView[] }) {
  const { wanted, checking } = useCallStage();
  const [used, setUsed] = useState(false);
  const isNeeded = calls.length > 0 || wanted !== null || checking;
  // It stays from then on: what is told after a call comes when the call is over.
  useEffect(() => {
    if (isNeeded) setUsed(true);
  }, [isNeeded]);
  useEffect(() => clearCallStage, []);
  return used || isNeeded ? (
    <Suspense>
      <CallLayer calls={calls} />
    </Suspense>
  ) : null;
}
