/** Sentences about disappearing messages: part of words.ts. */

export const disappearingWords = {
  title: 'Disappearing messages',
  off: 'Off',
  offText: 'Messages stay until somebody deletes them.',
  onText: (duration: string) =>
    `New messages disappear from your devices ${duration} after you sent or first saw them, and from the others’ devices ${duration} after they did.`,
  change: 'Change',
  turnOn: 'Set a timer',

  set: {
    title: 'Disappearing messages',
    text: 'New messages disappear after this time: from your devices once you sent or first saw them, from the others’ devices once they did. Everyone in the chat sees that you changed it, and to what.',
    capture:
      'Nothing can keep somebody from taking a screenshot, or a picture with another camera, before a message is gone.',
    choices: 'Disappear after',
    custom: 'Another time',
    amount: 'Number',
    unit: 'Unit',
    units: {
      second: 'seconds',
      minute: 'minutes',
      hour: 'hours',
      day: 'days',
      week: 'weeks',
    },
    notNumber: 'Enter a whole number, such as 45.',
    tooShort: (least: string) => `That is too short: messages stay for ${least} at least.`,
    tooLong: (most: string) => `That is too long: messages stay for ${most} at most.`,
    save: 'Set timer',
  },

  /** What was asked for and is not in force. */
  wanted: (duration: string) =>
    `You set ${duration}. It is in force once this device could tell the others; what you write meanwhile goes under it.`,
  wantedOff: 'You turned it off. It is off once this device could tell the others.',
  failed: (duration: string, reason: string) => `It could not be set to ${duration}. ${reason}`,
  failedOff: (reason: string) => `It could not be turned off. ${reason}`,
  retry: 'Try again',
  problem: {
    notAllowed: 'In this group, only those who run it can set the timer.',
    unknownConversation: 'This chat is not on this device any more.',
    ended: 'You are no longer in this group.',
    outOfRange: 'Choose a time from 5 seconds to 4 weeks.',
  },
  replaced: 'Nobody is behind this chat any more.',

  chip: (duration: string) => `Messages disappear after ${duration}. Show the timer`,

  message: {
    /** Its time has not begun. */
    waits: (duration: string) => `Disappears ${duration} after it was seen`,
    waitsMine: (duration: string) => `Disappears ${duration} after it was sent`,
    left: (duration: string) => `Disappears in ${duration}`,
  },

  default: {
    title: 'Timer of new chats',
    off: 'New chats that you begin keep their messages.',
    on: (duration: string) => `In new chats that you begin, messages disappear after ${duration}.`,
    text: 'Chats that you begin from now on start with this timer. Those that you have keep theirs.',
    save: 'Set for new chats',
  },
  blur: 'Blur disappearing messages when you look away',
  blurText:
    'While this window is not in front, what disappears is blurred in it. Only in this browser. It does not prevent screenshots.',
} as const;
