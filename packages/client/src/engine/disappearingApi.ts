import type { DisappearingApi } from '../apiDisappearing.ts';
import { defaultTimer, setDefaultTimer, setTimer } from '../disappearing/setTimer.ts';
import type { Sessions } from './sessions.ts';

/** Commands about disappearing messages. */
export function createDisappearingApi(sessions: Sessions): DisappearingApi {
  const context = () => sessions.device().context;
  return {
    setTimer: async (id, seconds) => setTimer(context(), id, seconds),
    setDefaultTimer: async (seconds) => setDefaultTimer(context(), seconds),
    readDefaultTimer: async () => context().database.read(defaultTimer),
  };
}
