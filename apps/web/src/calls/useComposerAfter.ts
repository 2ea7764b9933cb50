import { useLayoutEffect, useRef } from 'react';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import type { CallPlace } from './stage.ts';

/**
 * Puts the focus, which went with the call that lay over the chats, into the chat that is open: not before the call's place
 * is none, because until then nothing there takes it. On a telephone the keys would come up.
 */
export function useComposerAfter(place: CallPlace | null): void {
  const phone = usePhoneLayout();
  const last = useRef(place);
  useLayoutEffect(() => {
    const before = last.current;
    last.current = place;
    if (place !== null || before === null || before === 'bar' || phone) return;
    if (document.activeElement === document.body) document.getElementById('composer')?.focus();
  }, [place, phone]);
}
