import { useEffect, useState } from 'react';
import type { ConnectionView } from '../sotto.ts';
import { useWatched } from '../state/useWatched.ts';
import { words } from '../words.ts';

/** Short interruptions are nobody's business. */
const quietMs = 1500;

/** One quiet line while the server is not there or missed messages are arriving; nothing when all is well. */
export function ConnectionBanner() {
  const connection = useWatched({ kind: 'connection' });
  const kind = connection?.kind ?? 'online';
  const [shown, setShown] = useState<ConnectionView['kind']>('online');
  useEffect(() => {
    const timer = setTimeout(() => setShown(kind), kind === 'online' ? 0 : quietMs);
    return () => clearTimeout(timer);
  }, [kind]);
  return (
    <div className="connection" role="status" data-kind={shown}>
      {shown === 'online' ? null : words.connection[shown]}
    </div>
  );
}
