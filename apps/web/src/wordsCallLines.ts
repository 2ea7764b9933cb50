/** Sentences of the line that a call leaves in its thread, and of the buttons that begin one: part of words.ts. */

import { groupCallLineWords } from './wordsGroupCallLines.ts';

export const callLineWords = {
  group: groupCallLineWords,
  settings: 'Calls',
  settingsText: 'Sound, devices, data, and who learns your network address.',
  from: (name: string) => `Calls from ${name}`,
  fromOn: 'They ring on all of your devices.',
  fromOff: (name: string) => `They ring on none of your devices. ${name} is not told.`,
  voice: 'Voice call',
  video: 'Video call',
  startVoice: 'Start a voice call',
  startVideo: 'Start a video call',
  lasted: (what: string, duration: string) => `${what}, ${duration}`,
  missed: { voice: 'Missed voice call', video: 'Missed video call' },
  declined: { voice: 'Voice call declined', video: 'Video call declined' },
  unanswered: { voice: 'Voice call, no answer', video: 'Video call, no answer' },
  cancelled: { voice: 'Voice call, cancelled', video: 'Video call, cancelled' },
  busy: { voice: 'Voice call, was busy', video: 'Video call, was busy' },
  failed: { voice: 'Voice call, could not connect', video: 'Video call, could not connect' },
  ringing: { voice: 'Voice call, rings', video: 'Video call, rings' },
  ongoing: { voice: 'Voice call, goes on', video: 'Video call, goes on' },
  callBack: 'Call back',
  callAgain: 'Call again',
} as const;
