import { lazy, Suspense, useEffect, useState } from 'react';
import { useCallStage } from '../calls/stage.ts';
import type { GroupCallView } from '../sotto.ts';

const GroupCallLayer = lazy(() => import('./GroupCallLayer.tsx'));

/** Everything of group calls that lies in or over the shell; fetched when there first is something of them. */
export function GroupCallSlot({ calls }: { calls: readonly GroupCallView[] }) {
  const { wantedGroup } = useCallStage();
  const [used, setUsed] = useState(false);
  const isNeeded = calls.length > 0 || wantedGroup !== null;
  // It stays from then on: what is told after a call comes when the call is over.
  useEffect(() => {
    if (isNeeded) setUsed(true);
  }, [isNeeded]);
  return used || isNeeded ? (
    <Suspense>
      <GroupCallLayer calls={calls} />
    </Suspense>
  ) : null;
}
