/** Sentences about group calls. Only what is loaded with one imports them; those of threads are in wordsGroupCallLines.ts. */
import { listed, plural } from './wordForms.ts';

const many = 3;

export const groupCallWords = {
  incoming: {
    voice: (name: string) => `Call in ${name}`,
    text: (caller: string | null, video: boolean, others: readonly string[]) => {
      const kind = `${video ? 'video' : 'voice'} call`;
      const started = caller === null ? `A ${kind}` : `${caller} started a ${kind}`;
      return others.length === 0 ? `${started}.` : `${started}, with ${listed(others)}.`;
    },
    join: 'Join',
    decline: 'Decline',
    notification: 'Open Sotto to join.',
  },

  preview: {
    start: (name: string) => `Call ${name}`,
    join: (name: string) => `Join the call in ${name}`,
    text: 'This is how you will be heard and seen. Nothing of it is sent yet.',
    nobody: 'Nobody else is in it yet.',
    people: (names: readonly string[]) =>
      `${listed(names)} ${names.length === 1 ? 'is' : 'are'} in the call.`,
    rings: 'Ring everybody',
    ringsOn: (count: number) => `It rings at ${plural(count, 'other member', 'other members')} of the group.`,
    ringsOff: 'It rings nowhere: the call is shown in the chat, and who wants to joins.',
    ringsNever:
      'In a group of this size it rings nowhere: the call is shown in the chat, and who wants to joins.',
    muted: 'You join muted, as the group is large.',
    mutedNow: 'Your microphone is off.',
    cameraOff: 'Your camera is off.',
    starting: 'Your browser may ask whether Sotto may use the microphone and the camera.',
    listen: 'Without a microphone you can listen.',
    devices: 'Choose devices',
    startIt: 'Start the call',
    joinIt: 'Join now',
    joinListening: 'Join and listen',
    startListening: 'Start and listen',
    inCall: 'You are in another call. End that one first.',
    over: 'This call is over.',
    closed: {
      locked: 'This call is locked: nobody new comes in.',
      full: 'This call is full.',
      other: 'You cannot join this call.',
    },
  },

  page: {
    name: (name: string) => `Call in ${name}`,
    preparing: 'Preparing…',
    connecting: 'Connecting…',
    reconnecting: 'Connecting again…',
    count: (count: number) => plural(count, 'person', 'people'),
    locked: 'This call is locked',
    you: 'You',
    yours: 'Your picture',
    yourScreen: 'The screen that you share',
    picture: (name: string) => `The picture of ${name}`,
    screen: (name: string) => `The screen of ${name}`,
    screenTitle: (name: string) => `${name}’s screen`,
    muted: 'muted',
    speaks: 'speaks',
    handUp: (place: number) => `hand raised, number ${place}`,
    shares: 'shares the screen',
    joining: 'Joining…',
    paused: 'Picture paused: the network is slow here',
    pin: (name: string) => `Pin ${name}`,
    unpin: (name: string) => `Unpin ${name}`,
    tiles: 'People in the call',
    strip: 'Others in the call',
    pageOf: (page: number, pages: number) => `Page ${page} of ${pages}`,
    previous: 'Previous page',
    next: 'Next page',
    grid: 'Show everybody as tiles',
    speaker: 'Show who speaks large',
    people: (count: number) => `People in the call: ${count}`,
    peopleOff: 'Close the list of people',
    leave: 'Leave the call',
    leaveMenu: 'Leave the call, or end it',
    leaveOnly: 'Leave',
    endForAll: 'End the call for all',
    handRaise: 'Raise your hand',
    handLower: 'Lower your hand',
    react: 'React',
    reaction: (emoji: string) => `React with ${emoji}`,
    shortcuts: 'M mutes, V camera, H hand, P people, arrow keys turn pages.',
  },

  alone: {
    title: 'Nobody else is here yet',
    text: 'The call is shown in the group. Send its link to those who should come.',
    titleLeft: 'Everybody else has left',
    textLeft: 'You can stay and wait, send the link again, or leave.',
    copy: 'Copy call link',
  },

  notes: {
    muteAsked: 'A host asks you to mute your microphone.',
    mute: 'Mute',
    stay: 'Stay as I am',
    hands: (names: readonly string[]) =>
      names.length === 1 ? `${names[0]} raised a hand` : `${names.length} hands raised, ${names[0]} first`,
    waiting: (count: number) => `${plural(count, 'person wants', 'people want')} to be let in`,
    look: 'Look',
    noMicrophone: 'You are not heard: there is no microphone.',
    sendingRefused: 'As many are heard as this call can carry: you hear and see until somebody has left.',
    notHeard: 'Nothing has come from the others yet.',
    notOpened: 'What comes from somebody cannot be opened. Leave and join again.',
    microphoneGone: 'The microphone was unplugged, so nobody can hear you. Plug one in.',
  },

  people: {
    title: 'People in the call',
    hands: 'Raised hands',
    all: 'In the call',
    options: (name: string) => `Options for ${name}`,
    askMute: 'Ask to mute',
    lowerHand: 'Lower the hand',
    remove: 'Remove from the call',
    pin: 'Pin',
    unpin: 'Unpin',
    askAll: 'Ask everybody to mute',
    lock: 'Lock the call',
    lockOn: 'Nobody new comes in. Who was in it may come back.',
    lockOff: 'Whoever may call in the group may join.',
    link: 'Copy call link',
    linkText: 'For members of this group: opens the call.',
    guests: 'Invite guests…',
    add: 'Add to the group…',
    otherDevice: 'on another device',
  },

  remove: {
    title: (name: string) => `Remove ${name} from the call?`,
    text: (name: string) =>
      `${name} leaves this call at once and cannot come back to it. What is said from then on is locked with new keys. In the group nothing changes.`,
    confirm: 'Remove',
  },
  guests: {
    title: 'Invite guests',
    text: 'Guests see and hear this call and its chat, and nothing else of the group. For that, the call goes on in a group of its own, with all who are in it now. Whoever opens the link asks to come in, and you let them in.',
    name: (name: string) => `Call: ${name}`,
    make: 'Make a link',
    making: 'Making it…',
    ready: 'Send this link to your guests. It works for a day.',
    copy: 'Copy guest link',
    address: 'Link for guests',
    failed: 'The link could not be made. Try again.',
  },

  grow: {
    title: 'Add people to this call',
    text: (name: string) =>
      `You and ${name} go on in a new group with everybody you choose. Nobody hangs up. Your chat with ${name} stays between you two.`,
    submit: (count: number) => (count === 0 ? 'Add' : `Add ${plural(count, 'person', 'people')}`),
    working: 'Adding…',
  },

  bar: {
    name: (name: string) => `Call in ${name}`,
    elsewhere: (name: string) => `You are in the call in ${name} on another device.`,
    left: (name: string) => `Your call in ${name} goes on.`,
    otherTab: (name: string) => `You are in the call in ${name} in another tab.`,
  },

  ended: {
    left: (duration: string) => `You left the call after ${duration}`,
    leftEarly: 'You left the call',
    over: (duration: string) => `The call ended after ${duration}`,
    overEarly: 'The call is over',
    removed: 'You were removed from the call',
    removedText: 'You cannot come back to this call.',
    locked: 'The call is locked',
    lockedText: 'A host has closed it for those who were not in it.',
    moved: 'The call goes on in another tab or on another device',
    failed: 'The call could not connect',
    failedText:
      'No way to this server’s relay was found: it may not be running, or a strict network is in between. Try again, or from another network.',
    lost: 'The call was lost',
    lostText: 'The connection broke off and was not found again.',
    insecure: 'You left the call for your safety',
    insecureText:
      'What came is not what the others had signed. Nothing of yours was sent to somebody else. Tell whoever runs this server.',
    notPossible: 'The call is not possible',
    notGrown: 'Your call goes on as it was',
    back: 'Come back',
    again: 'Try again',
  },

  problem: {
    unknownConversation: 'This group is not on this device any more.',
    notGroup: 'This chat is no group.',
    notAllowed: 'In this group only some may call.',
    ended: 'This group has ended.',
    inCall: 'You are in a call already. End that one first.',
    callsOff: 'This server has no relay for calls of groups. Whoever runs it can turn it on.',
    unknownCall: 'This call is over.',
    locked: 'This call is locked: nobody new comes in.',
    removed: 'You were removed from this call.',
    full: 'This call is full.',
    malformed: 'Something in this call is not as it should be. Try again.',
    tooLarge: 'The call could not be described to the server. Try again.',
  },

  /** For screen readers, as it happens. */
  told: {
    joined: (names: readonly string[]) =>
      names.length > many ? `${names.length} people joined` : `${listed(names)} joined`,
    left: (names: readonly string[]) =>
      names.length > many ? `${names.length} people left` : `${listed(names)} left`,
    hand: (name: string) => `${name} raised a hand`,
    shares: (name: string) => `${name} shares the screen`,
    sharesNoMore: (name: string) => `${name} shares the screen no more`,
    reaction: (name: string, emoji: string) => `${name}: ${emoji}`,
    locked: 'The call is locked',
    unlocked: 'The call is open again',
    connected: 'You are in the call',
  },
} as const;
