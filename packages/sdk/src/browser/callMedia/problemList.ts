/** What is the matter now: one problem of each kind and device, until it is over. */
import type { CallProblemNow } from './mediaTypes.ts';

/** What solved itself is shown this long. */
const passingMs = 10_000;

export interface ProblemList {
  readonly problems: readonly CallProblemNow[];
  /** `passing`: it is over already, and is shown for 10 s. */
  add(problem: CallProblemNow, duration: 'lasting' | 'passing'): void;
  /** As `add`, or `remove` where it is not so. */
  set(problem: CallProblemNow, isSo: boolean): void;
  /** Whatever there is about this device. */
  removeOf(device: 'microphone' | 'camera' | 'speaker' | 'screen'): void;
  close(): void;
}

export function createProblemList(changed: () => void): ProblemList {
  const present = new Map<string, CallProblemNow>();
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const remove = (key: string): void => {
    clearTimeout(timers.get(key));
    timers.delete(key);
    if (present.delete(key)) changed();
  };
  const add = (problem: CallProblemNow, duration: 'lasting' | 'passing'): void => {
    const key = keyOf(problem);
    clearTimeout(timers.get(key));
    timers.delete(key);
    if (duration === 'passing')
      timers.set(
        key,
        setTimeout(() => remove(key), passingMs),
      );
    const isNew = JSON.stringify(present.get(key)) !== JSON.stringify(problem);
    present.set(key, problem);
    if (isNew) changed();
  };
  return {
    get problems() {
      return [...present.values()];
    },
    add,
    set(problem, isSo) {
      if (isSo) add(problem, 'lasting');
      else remove(keyOf(problem));
    },
    removeOf(device) {
      for (const [key, problem] of present) if ('device' in problem && problem.device === device) remove(key);
      if (device === 'screen') remove('sharingRefused');
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

function keyOf(problem: CallProblemNow): string {
  return 'device' in problem ? `${problem.kind} ${problem.device}` : problem.kind;
}
