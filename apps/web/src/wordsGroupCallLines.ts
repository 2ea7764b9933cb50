/** Sentences of group calls in the list of chats and in their threads: part of words.ts. */
import { listed, plural } from './wordForms.ts';

export const groupCallLineWords = {
  /** In the head of a group. */
  startVoice: 'Start a voice call in this group',
  startVideo: 'Start a video call in this group',
  join: 'Join',

  /** Above the messages while a call is open. */
  open: { voice: 'Voice call', video: 'Video call' },
  closed: {
    locked: 'Locked: nobody new comes in.',
    full: 'This call is full.',
    other: 'You cannot join this call.',
  },
  elsewhere: 'You are in it on another device.',
  nobody: 'Nobody is in it at the moment.',
  people: (names: readonly string[]) => `${listed(names)} ${names.length === 1 ? 'is' : 'are'} in it.`,
  here: 'You are in this call.',
  listed: (count: number) => `Call with ${plural(count, 'person', 'people')}`,

  /** The line that it leaves. */
  started: {
    voice: (name: string) => `${name} started a voice call`,
    video: (name: string) => `${name} started a video call`,
  },
  startedSelf: { voice: 'You started a voice call', video: 'You started a video call' },
  over: { voice: 'Voice call', video: 'Video call' },
  lasted: (duration: string, people: number) => `${duration}, ${plural(people, 'person', 'people')}`,
  missed: { voice: 'Missed voice call', video: 'Missed video call' },
} as const;
