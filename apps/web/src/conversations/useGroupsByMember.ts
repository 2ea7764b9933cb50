import { useEffect, useState } from 'react';
import type { ConversationId } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';

const none: ReadonlySet<ConversationId> = new Set();
/** Shorter beginnings are in nearly every group. */
const minLength = 2;

/** Groups with a member whose name contains `text`: members are not part of the list. */
export function useGroupsByMember(text: string): ReadonlySet<ConversationId> {
  const sotto = useSotto();
  const [found, setFound] = useState(none);
  useEffect(() => {
    if (text.length < minLength) {
      setFound(none);
      return;
    }
    let current = true;
    sotto.findGroupsByMember(text).then(
      (ids) => current && setFound(new Set(ids)),
      () => current && setFound(none),
    );
    return () => {
      current = false;
    };
  }, [sotto, text]);
  return found;
}
