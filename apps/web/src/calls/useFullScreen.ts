import { useEffect, useState } from 'react';

/** Something that is on or off. */
export interface Toggle {
  readonly isPossible: boolean;
  readonly isOn: boolean;
  readonly toggle: () => void;
}

/** The whole page and not only the picture, so that dialogs and menus are seen in it. */
export function useFullScreen(): Toggle {
  const [isOn, setIsOn] = useState(() => document.fullscreenElement !== null);
  useEffect(() => {
    const changed = (): void => setIsOn(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', changed);
    return () => {
      document.removeEventListener('fullscreenchange', changed);
      if (document.fullscreenElement !== null) void document.exitFullscreen().catch(() => undefined);
    };
  }, []);
  const toggle = (): void => {
    const change = isOn ? document.exitFullscreen() : document.documentElement.requestFullscreen();
    change.catch(() => undefined);
  };
  return { isPossible: document.fullscreenEnabled === true, isOn, toggle };
}
