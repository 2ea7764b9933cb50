/**
 * When the way to the other side is looked for anew (spec/callMedia.md, "Reconnecting"), and when that is given up. It only says
 * when; what is done is the session's.
 */
import type { LinkState } from './linkState.ts';

/** `disconnected` often passes by itself. The answerer waits longer, so that the two seldom begin at once. */
const paces = {
  caller: { delayMs: 1_000, againMs: 6_000, firstMs: 30_000, patienceMs: 30_000 },
  answerer: { delayMs: 2_000, againMs: 6_000, firstMs: 30_000, patienceMs: 30_000 },
  /** Of a group call: nobody waits for this one, who may be out of reach for a while once it was connected. */
  participant: { delayMs: 1_000, againMs: 3_000, firstMs: 60_000, patienceMs: 90_000 },
};

export interface RecoveryEvents {
  /** Starts ICE anew. */
  restart(): void;
  giveUp(): void;
}

export interface Recovery {
  /** There is a description of the other side, and a connection is being made. */
  begin(): void;
  linkChanged(state: LinkState): void;
  /** The browser says that it is on another network. */
  networkChanged(): void;
  close(): void;
}

export function createRecovery(role: keyof typeof paces, events: RecoveryEvents): Recovery {
  const { delayMs, againMs, firstMs, patienceMs } = paces[role];
  let restarting: ReturnType<typeof setTimeout> | null = null;
  let givingUp: ReturnType<typeof setTimeout> | null = null;
  let isBegun = false;
  let isConnected = false;
  let wasConnected = false;

  const clear = (): void => {
    if (restarting !== null) clearTimeout(restarting);
    if (givingUp !== null) clearTimeout(givingUp);
    restarting = null;
    givingUp = null;
  };
  const restartIn = (afterMs: number): void => {
    if (restarting !== null) clearTimeout(restarting);
    restarting = setTimeout(() => {
      restartIn(againMs);
      events.restart();
    }, afterMs);
  };
  const beImpatient = (): void => {
    givingUp ??= setTimeout(
      () => {
        clear();
        events.giveUp();
      },
      wasConnected ? patienceMs : firstMs,
    );
  };

  return {
    begin() {
      isBegun = true;
      isConnected = false;
      beImpatient();
    },
    linkChanged(state) {
      if (!isBegun) return;
      isConnected = state === 'connected';
      wasConnected ||= isConnected;
      switch (state) {
        case 'connected':
          clear();
          return;
        case 'connecting':
          return;
        case 'interrupted':
          beImpatient();
          if (restarting === null) restartIn(delayMs);
          return;
        case 'failed':
          beImpatient();
          restartIn(restarting === null ? 0 : delayMs);
          return;
      }
    },
    networkChanged() {
      if (!isBegun) return;
      // Connected still, by a way that is about to go: nothing is given up yet.
      if (isConnected) events.restart();
      else restartIn(0);
    },
    close: clear,
  };
}
