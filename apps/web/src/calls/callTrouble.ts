/** What is the matter with a call, in words. */
import type { CallEnding, CallProblemNow, DeviceKind, DeviceProblemKind } from '@sotto/sdk/calls';
import type { CallProblem } from '../sotto.ts';
import { words } from '../words.ts';
import { callWords } from '../wordsCalls.ts';
import { callDuration } from './callDuration.ts';

const say = callWords.trouble;

export function deviceSentence(device: DeviceKind, problem: DeviceProblemKind): string {
  if (device === 'speaker') return say.speakerRefused;
  if (device === 'screen') return say.screenDenied;
  const isCamera = device === 'camera';
  switch (problem) {
    case 'permissionDenied':
      return isCamera ? say.cameraDenied : say.microphoneDenied;
    case 'noDevice':
      return isCamera ? say.noCamera : say.noMicrophone;
    case 'inUse':
    case 'unavailable':
      return isCamera ? say.cameraBusy : say.microphoneBusy;
  }
}

/** One sentence for each thing that is the matter now. */
export function troubleSentence(problem: CallProblemNow): string {
  switch (problem.kind) {
    case 'device':
      return deviceSentence(problem.device, problem.problem);
    case 'deviceLost':
      if (problem.device === 'camera') return say.cameraLost;
      return problem.replacedBy === null ? say.microphoneLostForGood : say.microphoneLost;
    case 'sharingRefused':
      return problem.problem === 'permissionDenied' ? say.screenDenied : say.screenFailed;
    case 'nothingReceived':
      return say.nothingReceived;
    case 'framesNotOpened':
      return say.framesNotOpened;
    case 'microphoneSilent':
      return say.microphoneSilent;
    case 'playbackBlocked':
      return say.soundBlocked;
  }
}

/** Why the engine refused a call. */
export function refusalSentence({ kind }: CallProblem): string {
  switch (kind) {
    case 'offline':
      return words.problem.offline;
    case 'refused':
      return words.problem.refused;
    default:
      return say[kind];
  }
}

export interface EndedWords {
  readonly title: string;
  readonly text: string | null;
  /** `brief`: told for a moment. `again`: the other side can be called again. `stays`: until it is closed. */
  readonly kind: 'brief' | 'again' | 'stays';
}

/** What is told once a call is over; null: nothing, it goes on somewhere else or never came to be. */
export function endedWords(ending: CallEnding, name: string, talkedMs: number | null): EndedWords {
  const { ended } = callWords;
  const plain = talkedMs === null ? ended.gone : ended.answered(callDuration(talkedMs));
  switch (ending.kind) {
    case 'hungUp':
      return { title: talkedMs === null ? ended.cancelled : plain, text: null, kind: 'brief' };
    case 'hungUpByOther':
      return { title: plain, text: null, kind: 'brief' };
    case 'cancelled':
      return { title: ended.missed(name), text: null, kind: 'brief' };
    case 'answeredElsewhere':
      return { title: ended.answeredElsewhere, text: null, kind: 'brief' };
    case 'movedElsewhere':
      return { title: ended.movedElsewhere, text: null, kind: 'brief' };
    case 'declined':
      return { title: ended.declined(name), text: null, kind: 'again' };
    case 'busy':
      return { title: ended.busy(name), text: null, kind: 'again' };
    case 'noAnswer':
      return { title: ended.unanswered(name), text: null, kind: 'again' };
    case 'notConnected':
      return { title: ended.failed, text: ended.failedText, kind: 'again' };
    case 'connectionLost':
      return { title: ended.lost, text: ended.lostText, kind: 'again' };
    case 'removed':
      return { title: ended.removed, text: ended.removedText, kind: 'stays' };
    case 'insecure':
      return { title: ended.insecure, text: ended.insecureText, kind: 'stays' };
    case 'noMicrophone':
      return { title: ended.noMicrophone, text: deviceSentence('microphone', ending.problem), kind: 'again' };
    case 'unsupported':
      return { title: ended.notPossible, text: say.unsupported, kind: 'stays' };
    case 'refused':
      return { title: ended.notPossible, text: refusalSentence(ending.problem), kind: 'stays' };
  }
}
