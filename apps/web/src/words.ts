/**
 * Every sentence of the app, in one place and in one language for now. Parts that vary are functions. No markup:
 * components decide how it looks. Longer than other files on purpose: whoever translates it needs one place.
 */

import { numberFormat, plural } from './wordForms.ts';
import { callLineWords } from './wordsCallLines.ts';
import { disappearingWords } from './wordsDisappearing.ts';
import { groupWords } from './wordsGroups.ts';
import { mediaWords } from './wordsMedia.ts';
import { threadWords } from './wordsThread.ts';

/** The browser's own language for dates and times; the words here are English. */
const timeFormat = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const weekdayFormat = new Intl.DateTimeFormat('en', { weekday: 'long' });
const shortWeekdayFormat = new Intl.DateTimeFormat('en', { weekday: 'short' });
const dayFormat = new Intl.DateTimeFormat('en', { weekday: 'short', day: 'numeric', month: 'long' });
const dayWithYearFormat = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'long', year: 'numeric' });
const shortDayFormat = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });
const shortDayWithYearFormat = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});
/** English words with the clock that the browser's language uses. */
const momentFormat = new Intl.DateTimeFormat('en', {
  dateStyle: 'full',
  timeStyle: 'short',
  hourCycle: timeFormat.resolvedOptions().hourCycle ?? 'h23',
});
function calendarDaysBetween(earlierMs: number, laterMs: number): number {
  const start = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0);
  return Math.round((start(laterMs) - start(earlierMs)) / 86_400_000);
}

export const words = {
  app: {
    name: 'Sotto',
    line: 'Private messages. Only the people in a chat can read them.',
    skipToMessages: 'Skip to the messages',
    starting: 'Starting Sotto',
    ringing: (name: string) => `${name} is calling`,
    title: (unread: number, place: string | null) =>
      `${unread > 0 ? `(${unread}) ` : ''}${place === null ? '' : `${place} · `}Sotto`,
  },

  common: {
    back: 'Back',
    cancel: 'Cancel',
    close: 'Close',
    copy: 'Copy',
    copied: 'Copied',
    copyFailed: 'Copying is not allowed here. Select the text and copy it yourself.',
    continue: 'Continue',
    show: 'Show',
    hide: 'Hide',
    reload: 'Reload the page',
    you: 'You',
    at: (username: string) => `@${username}`,
  },

  time: {
    clock: (ms: number) => timeFormat.format(ms),
    moment: (ms: number) => momentFormat.format(ms),
    /** Day and time, short. */
    dated: (ms: number) => `${shortDayFormat.format(ms)}, ${timeFormat.format(ms)}`,
    /** The time, with the day where that was not today. */
    since: (ms: number, nowMs: number): string =>
      calendarDaysBetween(ms, nowMs) <= 0 ? timeFormat.format(ms) : words.time.dated(ms),
    day: (ms: number, nowMs: number) => {
      const days = calendarDaysBetween(ms, nowMs);
      if (days === 0) return 'Today';
      if (days === 1) return 'Yesterday';
      if (days > 1 && days < 7) return weekdayFormat.format(ms);
      return new Date(ms).getFullYear() === new Date(nowMs).getFullYear()
        ? dayFormat.format(ms)
        : dayWithYearFormat.format(ms);
    },
    short: (ms: number, nowMs: number) => {
      const days = calendarDaysBetween(ms, nowMs);
      if (days <= 0) return timeFormat.format(ms);
      if (days === 1) return 'Yesterday';
      if (days < 7) return shortWeekdayFormat.format(ms);
      return new Date(ms).getFullYear() === new Date(nowMs).getFullYear()
        ? shortDayFormat.format(ms)
        : shortDayWithYearFormat.format(ms);
    },
  },

  entry: {
    welcomeTitle: 'Speak quietly.',
    welcomeText:
      'Sotto is a messenger in which every chat is closed to everyone outside it, including whoever runs this server.',
    points: [
      'Nothing to switch on: there is no unprotected kind of chat.',
      'No phone number, no e-mail address. A username and a password.',
      'Your messages stay with you and the people you write to.',
    ],
    createAccount: 'Create account',
    signIn: 'Sign in',
    haveAccount: 'I have an account',
    newHere: 'New here?',
    alreadyHere: 'Have an account already?',
    invitedBy: (username: string) => `@${username} invites you to chat`,
    invitedToServer: 'You are invited to this server',
    invitedText: 'Create an account to begin, or sign in if you have one.',
    inviteOnly:
      'New accounts on this server need an invite link. Ask someone who is here for one, and open it in this browser.',
    username: 'Username',
    usernameHint: 'This is how people find you. 3 to 32 letters, digits, dots, hyphens or underscores.',
    usernameGood: (username: string) => `You will be @${username}`,
    usernameShort: (min: number) => `At least ${min} characters.`,
    usernameLong: (max: number) => `At most ${max} characters.`,
    usernameStart: 'A username begins with a letter from a to z.',
    usernameCharacters: 'Only letters a to z, digits, dots, hyphens and underscores.',
    usernameMarks: 'Dots, hyphens and underscores stand singly between letters or digits.',
    password: 'Password',
    passphrase: 'Your passphrase',
    passphraseHint:
      'Five random words: easy to type, hard to guess. Write them down or save them in a password manager.',
    passphraseLoading: 'Choosing words…',
    newPassphrase: 'New words',
    copyPassphrase: 'Copy words',
    ownPassword: 'Use my own password instead',
    offeredPassphrase: 'Use five random words instead',
    ownPasswordHint: (min: number) =>
      `At least ${min} characters. Nobody can reset it, so choose one that you will remember.`,
    passwordShort: (min: number) => `At least ${min} characters.`,
    passwordLong: (max: number) => `At most ${max} characters.`,
    strength: [
      'Very easy to guess. Choose something longer or less common.',
      'Easy to guess. Choose something longer or less common.',
      'Could be guessed. A few more words make it strong.',
      'Strong enough.',
      'Very strong.',
    ],
    strengthChecking: 'Checking how hard it is to guess…',
    showPassword: 'Show password',
    hidePassword: 'Hide password',
    creating: 'Creating your keys…',
    creatingNote: 'This takes a few seconds on purpose: it makes passwords slow to guess.',
    signingIn: 'Opening your account…',
    signInTitle: 'Sign in',
    signInText: 'Your password opens your keys here, in this browser. It is never sent.',
    storageLost:
      'This browser has deleted what Sotto had stored in it, as browsers do when space runs out. Sign in, and your chats come back. What only this browser had is gone: messages not sent yet, and those of chats without history.',
    welcomeBack: 'Welcome back',
    otherAccount: 'Use another account',
    createTitle: 'Create your account',
    usernameMissing: 'Enter your username.',
    passwordMissing: 'Enter your password.',
    forgotten: 'Forgot your password?',
    usePasskey: 'Sign in with a passkey',
  },

  recovery: {
    title: 'Keep your recovery code',
    text: 'If you forget your password, this code is the only other way in. Nobody can make a new one for you, and it is shown only now.',
    code: 'Recovery code',
    print: 'Print',
    download: 'Download',
    confirm: 'I have kept the code in a safe place',
    continue: 'Open Sotto',
    mustConfirm: 'Keep the code first, then tick the box.',
    fileName: (username: string) => `sotto-recovery-code-${username}.txt`,
    fileText: (username: string, address: string, code: string) =>
      `Sotto recovery code\n\nServer: ${address}\nUsername: ${username}\nCode: ${code}\n\nKeep this safe. Whoever has it can open your account.\n`,
  },

  stopped: {
    storageUnavailable: {
      title: 'Sotto cannot store anything here',
      text: 'Your messages are kept in this browser, and it does not allow that now. Leave private browsing, allow this site to store data, or free some space on the disk. Then reload the page.',
    },
    storageCorrupt: {
      title: 'What is stored here is damaged',
      text: 'Sotto cannot read its data in this browser, and it has changed nothing. Reload the page first. If that does not help, delete the data of this site in the browser’s settings and sign in again: messages kept only in this browser are then lost.',
    },
    deviceRemoved: {
      title: 'This browser was removed from your account',
      text: 'Another of your devices removed it, so it can no longer read or send. What is stored here was locked. To use Sotto here again, reload the page and sign in.',
    },
    accountClosed: {
      title: 'Your account was started over',
      text: 'It has a new identity, so under the old one nothing can be read or sent any more. What is stored here was locked. If that was you, reload the page and sign in with the new password. If it was not, tell the people you chat with, in another way, not to write to the new one, and talk to whoever runs this server.',
    },
    insecureContext: {
      title: 'This address is not secure',
      text: 'Browsers offer encryption only on secure addresses. Open Sotto with https:// in front, or on the computer it runs on at http://localhost. If you run this server, set up a certificate.',
    },
    anotherOwner: {
      title: 'Sotto is open elsewhere in this browser',
      text: 'Another window of this browser is using Sotto in a way that cannot be shared. Close it, then reload this page.',
    },
    failed: {
      title: 'Sotto could not start',
      text: 'Something needed to start did not load. Check your connection and reload the page. If it keeps happening, update your browser.',
    },
    broken: {
      title: 'This view stopped working',
      text: 'Your messages are safe. Reload the page to go on.',
    },
  },

  connection: {
    offline: 'Offline. What you write is kept and sent later.',
    connecting: 'Connecting…',
    catchingUp: 'Getting what you missed…',
  },

  list: {
    title: 'Chats',
    search: 'Search chats and messages',
    clearSearch: 'Clear search',
    newConversation: 'New chat',
    emptyTitle: 'No chats yet',
    emptyText: 'Find someone by their username, or send them an invite link.',
    findSomeone: 'Find someone',
    inviteSomeone: 'Invite someone',
    loading: 'Loading your chats',
    unread: (count: number) => plural(count, 'unread message', 'unread messages'),
    online: 'online',
    typing: 'typing…',
    draft: 'Draft:',
    notesToSelf: 'Notes to yourself',
    nothingSaid: 'No messages yet',
    accountMenu: (username: string) => `Account @${username}`,
    options: (title: string) => `Options for ${title}`,
    pin: 'Pin to the top',
    unpin: 'Unpin',
    pinned: 'pinned',
    muteHours: (hours: number) => `Mute for ${hours} hours`,
    muteWeek: 'Mute for a week',
    muteAlways: 'Mute always',
    unmute: 'Unmute',
    muted: 'muted',
    mutedUntil: (ms: number, nowMs: number) =>
      calendarDaysBetween(nowMs, ms) === 0
        ? `Muted until ${timeFormat.format(ms)}`
        : `Muted until ${shortWeekdayFormat.format(ms)}, ${timeFormat.format(ms)}`,
    archive: 'Archive',
    unarchive: 'Move back to chats',
    allArchived: 'All your chats are archived.',
  },

  archived: {
    title: 'Archived',
    back: 'Back to chats',
    chats: (count: number) => plural(count, 'archived chat', 'archived chats'),
    emptyTitle: 'Nothing archived',
    emptyText: 'Put a chat away from its menu, and it waits here.',
    hint: 'A chat comes back when someone writes in it, unless it is muted.',
  },

  search: {
    chats: 'Chats',
    messages: 'Messages',
    searching: 'Searching…',
    nothing: (text: string) => `Nothing found for “${text}”.`,
    nothingHint: 'Words are found by their beginnings.',
    covers: (here: number, inAll: number) =>
      `Searching ${numberFormat.format(here)} of about ${numberFormat.format(Math.max(inAll, here))} messages.`,
    rest: {
      complete: '',
      fetching: 'Fetching older messages…',
      waiting: 'Older messages come when this browser is connected.',
      paused: 'Fetching older messages is paused.',
    },
    pause: 'Pause',
    pauseLabel: 'Pause fetching older messages',
    resume: 'Go on',
    resumeLabel: 'Go on fetching older messages',
    noMessages: 'No message has these words.',
    more: 'Show more',
    found: (count: number, isAll: boolean) =>
      isAll ? plural(count, 'message found', 'messages found') : `More than ${count} messages found`,
    in: (title: string) => `You in ${title}`,
    by: (name: string, title: string) => `${name} in ${title}`,
    open: 'Search in this chat',
    close: 'Close search',
    field: (title: string) => `Search the chat with ${title}`,
    placeholder: 'Search in this chat',
  },

  exporting: {
    title: 'Export everything',
    one: 'Export this chat',
    titleOne: (title: string) => `Export the chat with ${title}`,
    text: 'Makes one file with all messages that are stored in this browser: a page to read, and the same as data. It is made here; nothing is sent.',
    textOne:
      'Makes one file with the messages of this chat that are stored in this browser: a page to read, and the same as data. It is made here; nothing is sent.',
    withMedia: 'With photos, videos and files',
    withMediaText: 'What is not in this browser is fetched. What cannot be had is named in the page.',
    warning:
      'The file is not locked. Anyone who has it can read all of it. Keep it where only you can get at it.',
    start: 'Make the file',
    making: 'Making the file…',
    done: 'The file is ready. Your browser has saved it among its downloads.',
    again: 'Save it again',
    failed: 'The file could not be made. Try again.',
  },

  newConversation: {
    title: 'New chat',
    text: 'Enter a username, or paste an invite link.',
    field: 'Username or invite link',
    start: 'Start chat',
    searching: 'Looking…',
    foundNobody: (username: string) =>
      `There is nobody called @${username} on this server. Check the spelling, or send them an invite link.`,
    inviteInstead: 'Invite instead',
    empty: 'Enter a username, or paste an invite link.',
    serverInvite: 'This link invites to the server, not to a person.',
  },

  invite: {
    title: 'Invite someone',
    text: 'Whoever opens this link can create an account here and write to you.',
    link: 'Invite link',
    copyLink: 'Copy link',
    share: 'Share…',
    qr: 'QR code of the invite link',
    qrHint: 'Or let them scan this with their phone’s camera.',
    expires: (ms: number) => `Works until ${dayFormat.format(ms)}.`,
    loading: 'Making a link…',
    opening: 'Opening the invite…',
  },

  thread: {
    messages: (title: string) => `Messages with ${title}`,
    details: 'Details',
    hideDetails: 'Hide details',
    online: 'online',
    typing: 'typing…',
    isTyping: (name: string) => `${name} is typing`,
    waiting: 'Waiting for the connection: this chat starts once you are online.',
    healing: 'Renewing this chat’s keys. Sending goes on in a moment.',
    /** Short: beside two buttons on a phone. */
    closed: 'Only you two can read it',
    closedSelf: 'Only you can read it',
    begin: (title: string) =>
      `This is the beginning of your chat with ${title}. Only people in this chat can read it.`,
    beginSelf: 'A place for notes to yourself. Only your own devices can read it.',
    sayHello: 'Write the first message below.',
    unread: 'New messages',
    latest: 'Go to the latest message',
    latestUnread: (count: number) =>
      `Go to the latest message, ${plural(count, 'unread message', 'unread messages')}`,
    loadingOlder: 'Loading earlier messages',
    loadingNewer: 'Loading later messages',
    loading: 'Loading messages',
    noneTitle: 'Pick a chat',
    unknownTitle: 'This chat is not here',
    unknownText: 'It may be on another account, or was left. Choose another one from the list.',
    tick: {
      waiting: 'Waiting to be sent',
      sent: 'Sent',
      delivered: 'Delivered',
      read: 'Read',
      failed: 'Not sent',
    },
    failed: 'Not sent.',
    retry: 'Try again',
    discard: 'Discard',
    received: (name: string, text: string) => `${name}: ${text}`,
    deleted: 'This message was deleted.',
    unreadableTitle: 'This message cannot be opened here.',
    notice: {
      conversationStarted: 'Chat started.',
      startedWithoutHistory: (name: string) =>
        `${name} started this chat with history off. Messages stay only on devices that are signed in now.`,
      startedWithoutHistorySelf:
        'You started this chat with history off. Messages stay only on devices that are signed in now.',
      deviceJoined: (name: string) => `${name} now reads along on one more device.`,
      deviceJoinedSelf: 'You now read along on one more device.',
      deviceLeft: (name: string) => `One of ${name}’s devices left the chat.`,
      deviceLeftSelf: 'One of your devices left the chat.',
      joinedLate: 'This device joined here. Earlier messages stay on your other devices.',
      healed: 'This chat’s keys were renewed on this device.',
      timer: (name: string, duration: string) => `${name} set messages to disappear after ${duration}.`,
      timerSelf: (duration: string) => `You set messages to disappear after ${duration}.`,
      timerOff: (name: string) => `${name} turned disappearing messages off.`,
      timerOffSelf: 'You turned disappearing messages off.',
      historyOff: (name: string) =>
        `${name} turned history off. Messages from here on stay only on devices that are signed in now.`,
      historyOffSelf:
        'You turned history off. Messages from here on stay only on devices that are signed in now.',
      historyOn: (name: string) =>
        `${name} turned history back on. Messages from here on reach every device again, also later ones.`,
      historyOnSelf:
        'You turned history back on. Messages from here on reach every device again, also later ones.',
      historyStaysOff: (name: string) =>
        `${name} turned history back on. It stays off, because you have it off.`,
      historyStaysOffSelf: 'You turned history back on. It stays off, because someone else here has it off.',
      disappeared: 'Messages here disappeared before this device got them.',
      historyGap: 'Messages sent while history was off are not on this device.',
    },
  },

  composer: {
    label: (title: string) => `Message ${title}`,
    placeholder: 'Message',
    send: 'Send',
    tooLong: 'This message is too long. Shorten it, or send it in parts.',
    pasteTooLong: (count: number) =>
      `That text has ${numberFormat.format(count)} characters, too many for one message. Send it in parts.`,
    left: (count: number) => `${numberFormat.format(count)} left`,
    over: (count: number) => `${numberFormat.format(count)} too many`,
    unknownConversation:
      'This chat is no longer here, so nothing can be sent. Copy your text and choose another chat.',
    failed: 'The message could not be stored. Your text is still here: try again.',
  },

  details: {
    title: 'Details',
    protection: 'Only people in this chat can read it',
    protectionText:
      'Messages are locked on your device and opened on theirs. The server passes them on without being able to read them.',
    protectionSelf: 'Only your own devices can read this. The server keeps it without being able to read it.',
    postQuantum: 'Also safe from quantum computers to come.',
    classical: 'Uses well-tried encryption.',
    epoch: (epoch: number) =>
      epoch === 0 ? 'First keys, just made.' : `Keys renewed ${plural(epoch, 'time', 'times')} so far.`,
    people: 'People',
    devices: (count: number) => plural(count, 'device', 'devices'),
    learnMore: 'What this server can see',
  },

  forked: {
    title: 'Messages may be missing',
    banner: 'Messages may be missing here, or out of order.',
    show: 'What this means',
    forkedBy: (name: string | null) =>
      name === null
        ? 'Another device of yours says it was shown other messages in this chat than this one.'
        : `A device of ${name} says it was shown other messages in this chat than this one.`,
    broken: 'Messages in this chat do not follow each other as they should.',
    shortened: 'The server no longer has all the messages that were in this chat.',
    meaning:
      'The server can leave messages out or move them, or it was set back to an old copy. It cannot read, change or make up any: those you see are from who they say.',
    whatToDo: (name: string | null) =>
      name === null
        ? 'Compare with your other devices, and tell whoever runs this server. You can go on writing.'
        : `Ask ${name} in another way whether you see the same messages, and tell whoever runs this server. You can go on writing.`,
    acknowledge: 'I have read this',
  },

  keeping: {
    title: 'History',
    on: 'Messages are kept, locked, for all devices of the people here, also for those that come later.',
    onSelf: 'Your notes are kept, locked, for all your devices, also for those that come later.',
    off: (names: string) =>
      `${names} turned history off. Messages stay only on devices that are signed in when they are sent.`,
    and: (one: string, other: string) => `${one} and ${other}`,
    pendingOff:
      'History is turned off here once this device is connected. What you write until then goes out after that.',
    pendingOn: 'History is turned on here once this device is connected.',
    turnOff: 'Turn history off',
    turnOffToo: 'Turn it off yourself, too',
    turnOn: 'Turn history on',
    offTitle: 'Turn history off in this chat?',
    offText:
      'Messages from now on stay only on devices that are signed in when they are sent. A browser that signs in later will not have them, and what is lost with a device is lost.',
    offMore:
      'What was said so far stays as it is. The others here see that you turned history off, and can still keep what they read.',
    onTitle: 'Turn history on in this chat?',
    onText:
      'Messages from now on are kept, locked, for all devices of the people here, also for those that come later. What was sent while history was off stays only where it is.',
    onStaysOff: (name: string) => `History stays off here until ${name} turns it on, too.`,
    settingOn: 'On: each of your devices has everything, also those that come later.',
    settingOff: 'Off: messages stay on devices that are signed in when they are sent.',
    settingPending: (count: number) => `Still to be changed: ${plural(count, 'chat', 'chats')}.`,
    accountOffTitle: 'Turn history off in all chats?',
    accountOffMore:
      'This goes for all your chats, also for new ones, and for what others write in them. They see it. You can turn history on again for single chats, in their details. What was said so far stays as it is.',
    accountOnTitle: 'Turn history on in all chats?',
    accountOnText:
      'Messages from now on are kept, locked, for all your devices, also for those that come later. Chats in which someone else turned history off stay without. What was sent while history was off stays only where it is.',
  },

  push: {
    label: 'Tell me while Sotto is closed',
    busy: 'Asking the browser…',
    state: {
      on: 'Your browser shows that there is something new, also calls. What it is and from whom, only Sotto shows.',
      off: 'Messages and calls that come while Sotto is closed are here when you open it.',
      denied: 'Your browser does not let Sotto show notifications. You can change that in its settings.',
      unsupported: 'This browser cannot be woken by Sotto.',
    },
    problem: {
      denied: 'Your browser did not allow it.',
      offline: 'There is no connection now. Try again in a moment.',
      notSupported: 'This server wakes nobody.',
      noPushService: 'Your browser reaches no service that could wake it.',
    },
  },

  settings: {
    title: 'Settings',
    account: 'Account',
    username: 'Username',
    devicesText: 'Where you are signed in. Rename or remove one.',
    securityText: 'Change your password, replace the recovery code, see what was done.',
    appearance: 'Appearance',
    theme: { auto: 'Automatic', light: 'Light', dark: 'Dark' },
    privacy: 'Privacy',
    serverSees: 'What this server can see',
    serverSeesText: 'A plain list of what is stored about you.',
    signOut: 'Sign out',
    signOutTitle: 'Sign out of this browser?',
    signOutText:
      'Your messages stay in this browser, locked. To open them again, sign in with your password. Without it, nobody can, you included.',
    signOutWaiting: 'Messages that still wait to be sent go out after you sign in again.',
    signingOut: 'Locking…',
  },

  devices: {
    title: 'Devices',
    lead: 'Every browser that is signed in to your account. Each reads along in all your chats.',
    loading: 'Asking the server…',
    thisDevice: 'This browser, in use now',
    online: 'Connected now',
    neverSeen: 'Not connected so far',
    lastSeen: (ms: number, nowMs: number) =>
      `Last here ${words.time.day(ms, nowMs)}, ${timeFormat.format(ms)}`,
    added: (ms: number) => `Signed in since ${dayWithYearFormat.format(ms)}`,
    unnamed: 'Unnamed device',
    /** One of several that call themselves the same. */
    numbered: (name: string, place: number) => `${name} (${place})`,
    rename: 'Rename',
    renameNamed: (name: string) => `Rename ${name}`,
    renameTitle: 'Rename device',
    renameText: 'Only your own devices can read the name.',
    name: 'Name',
    save: 'Save',
    remove: 'Remove',
    removeNamed: (name: string) => `Remove ${name}`,
    removeTitle: (name: string) => `Remove ${name}?`,
    removeText:
      'It is cut off at once: no new message reaches it, and what Sotto has stored there is locked. This cannot be undone; to use Sotto there again, sign in anew.',
    removeCopied:
      'What it has already shown or stored could have been copied by whoever had it. If someone else may know your password, change that too.',
    removing: 'Removing…',
  },

  pairing: {
    title: 'Sign in with another device',
    text: 'Nothing to type here: a phone or computer on which you use Sotto adds this browser.',
    qr: 'QR code that adds this browser to your account',
    steps: [
      'On the other device, open Settings, Devices, and choose “Add a device”. A phone’s camera app will do as well.',
      'Point it at this code.',
      'Confirm there, with your password or a passkey.',
    ],
    loading: 'Making a code…',
    waiting: 'Waiting for the other device.',
    goodUntil: (ms: number) => `The code is good until ${timeFormat.format(ms)}.`,
    copyLink: 'Copy as a link',
    again: 'Show a new code',
    back: 'Sign in with the password instead',
    offer: 'Sign in with another device',
    signInFirst:
      'The link that you opened adds another device to your account. Sign in here first, then open it again.',
    addTitle: 'Add a device',
    addText:
      'On the new device, open this server’s address, choose “I have an account”, then “Sign in with another device”. Point the camera at the code it shows.',
    otherWay: 'A phone’s camera app can read the code as well, and opens it in Sotto there.',
    camera: 'Picture of the camera, for aiming at the code',
    cameraDenied: 'This page may not use the camera. Allow it in the browser’s settings for this address.',
    cameraMissing:
      'There is no camera here. Choose “Copy as a link” on the new device, and open the link in this browser.',
    cameraBroken: 'The camera could not be started. Is something else using it?',
    reading: 'Looking who shows this code…',
    unnamed: 'another device',
    confirmTitle: (system: string) => `Add ${system}?`,
    confirmText:
      'It will read along in all your chats, earlier messages included, and can write in your name.',
    confirmWarning:
      'Only go on if you see the code on a screen of your own. If someone sent you a link or a picture of it, close this.',
    add: 'Add device',
    adding: 'Adding…',
    doneTitle: 'Device added',
    doneText: (system: string) => `${system} is signed in to your account.`,
  },

  security: {
    title: 'Password and recovery',
    lead: 'Your password opens your account. If you forget it, the recovery code does, or a passkey. Nobody else can.',
    changePassword: 'Change password',
    changePasswordText: 'Your devices stay signed in.',
    changePasswordLong:
      'The old password opens nothing any more. Devices that are signed in stay so; remove those that you do not know.',
    newPassword: 'New password',
    newPasswordWeak: 'Choose a new password that is harder to guess.',
    currentPassword: 'Current password',
    secretMissing: 'Enter your password, or your recovery code.',
    useCode: 'Use the recovery code instead',
    usePassword: 'Use the password instead',
    codeHint: 'Nine groups of four. Capitals and hyphens do not matter.',
    changing: 'Changing and testing…',
    passwordChanged: 'Your password was changed and tested.',
    replaceCode: 'Replace recovery code',
    replaceCodeText: 'If you lost it, or someone may have seen it.',
    replaceCodeLong: 'Keep this new code first. Once you go on, the one before opens nothing any more.',
    useNewCode: 'Use this code',
    codeReplaced: 'The new recovery code was tested and counts from now on.',
    log: 'What was done',
    logText:
      'Signed with your account’s own key, so the server can neither add to this list nor leave anything out unnoticed.',
    logLoading: 'Asking the server…',
    notices: 'What this device noticed',
    noticesText:
      'The server, or whoever is named, gave this account keys that are not right. This device put right what it could; no message was shown for it that is not genuine. Tell whoever runs this server.',
    notice: {
      falseDeposit: (name: string | null) =>
        name === null ? 'A false history key came from the server' : `A false history key came from ${name}`,
      keyringForked: () => 'The list of your history keys is not the one your devices know',
      keyringShortened: () => 'History keys that your devices know are missing at the server',
    },
    events: {
      created: 'Account created',
      deviceAdded: 'Device signed in',
      deviceRemoved: 'Device removed',
      passwordChanged: 'Password changed',
      recoveryCodeReplaced: 'Recovery code replaced',
      recovered: 'New password set with the recovery code',
      passkeyAdded: 'Passkey added',
      passkeyRemoved: 'Passkey removed',
      identityReset: 'Started over with a new identity',
    },
  },

  passkeys: {
    title: 'Passkeys',
    lead: 'A passkey opens your account with a fingerprint, a face, a PIN or a security key, without name and password. It is kept by your phone, computer, security key or password manager.',
    unsupported:
      'This browser cannot make passkeys that open an account. Ones made elsewhere work where it can.',
    add: 'Add a passkey',
    addText: 'Your password and recovery code go on working.',
    addLong:
      'Confirm that it is you. Then your browser asks where to keep the passkey. Whoever can unlock that place can open your account.',
    name: 'Name of the passkey',
    nameHint: 'To tell it apart from others. Only your own devices can read it.',
    unnamed: 'Unnamed passkey',
    added: (ms: number) => `Added on ${dayWithYearFormat.format(ms)}`,
    lastUsed: (ms: number, nowMs: number) =>
      `Last used ${words.time.day(ms, nowMs)}, ${timeFormat.format(ms)}`,
    neverUsed: 'Not used so far',
    remove: 'Remove',
    removeNamed: (name: string) => `Remove the passkey ${name}`,
    removeTitle: (name: string) => `Remove the passkey ${name}?`,
    removeText:
      'It opens your account no longer. Devices that signed in with it stay signed in; remove those that you do not know.',
    wasAdded: 'The passkey was added and tested.',
    wasRemoved: 'The passkey was removed. If it is still offered to you, delete it where it is kept.',
    adding: 'Adding and testing…',
    removing: 'Removing…',
    use: 'Confirm with a passkey instead',
    willAsk: 'Your browser will ask for one of your passkeys.',
    problem: {
      cancelled: 'Nothing was confirmed, so nothing was done. Try again, and unlock the passkey when asked.',
      noPrf:
        'The place you chose makes passkeys that can only sign in, not open what is encrypted. Choose another: a newer phone, computer, password manager or security key.',
      alreadyThere:
        'This account has a passkey in that place already. Choose another place, or use that one.',
      notOurs: 'That passkey is of no account here. Choose another one.',
      failed: 'The passkey could not be used. Try again, or use your password.',
    },
  },

  reset: {
    title: 'Start over',
    rowText: 'If you have lost both your password and your recovery code.',
    dialogTitle: 'Start over with a new identity?',
    lead: (username: string) =>
      `Only if nothing opens your account any more: not the password, not the recovery code, not a passkey. You keep the name @${username} and get new keys.`,
    consequences: [
      'Your chats and messages stay closed. If this browser still shows them, export them first.',
      'Your other devices are signed out.',
      'The people you chat with are told that you have a new identity. They decide whether to write to it, so tell them in another way that it is you.',
    ],
    confirm: 'I know that this cannot be undone',
    mustConfirm: 'Tick the box first.',
    submit: 'Start over',
    working: 'Making new keys and testing them…',
    linkTitle: (username: string) => `Start over as @${username}`,
    linkText: 'Whoever runs this server gave you this link because nothing opens your account any more.',
    linkLoading: 'Checking the link…',
    linkLead: 'You keep your name and get new keys. Choose a new password.',
    linkConsequences: [
      'Your earlier chats and messages stay closed.',
      'Devices that are still signed in to the old account are signed out.',
      'The people you chat with are told that you have a new identity. They decide whether to write to it, so tell them in another way that it is you.',
    ],
    signInInstead: 'I can still sign in',
    untested:
      'The new account was made, but the test afterwards failed. Keep this code, sign in on another browser to see that the password works, and replace the code in the settings.',
    problem: {
      invalidResetLink:
        'This link no longer works. If you have used it, sign in with the password that you chose then. If not, ask whoever runs this server for a new one.',
      accountClosed: 'This account was started over before. Sign in with the password that was chosen then.',
    },
  },

  newIdentity: {
    title: (name: string) => `@${name} has a new identity`,
    text: 'The server says that they started over with new keys. People do so when they have lost their password and their recovery code. It could also be someone else who took over the name. Ask them in another way, by phone or in person, before you go on.',
    kept: 'Nothing is sent to the new identity until you choose to. Here nobody reads along any more.',
    accept: 'It is them: write to the new identity',
    decline: 'It is not them: go on here with the earlier identity',
    accepting: 'Opening the new chat…',
    accepted: (name: string) =>
      `This is your chat with the earlier identity of @${name}. Nobody reads along here any more.`,
    open: 'Go to the new chat',
    listed: 'Has a new identity',
    listedAccepted: 'Earlier identity',
  },

  recover: {
    title: 'Set a new password',
    text: 'With your recovery code you choose a new password, and everything is there as before.',
    submit: 'Set password and sign in',
    codeMissing: 'Enter your recovery code.',
    neither:
      'Without the password and without the code, nobody can open the account, whoever runs this server included. You can start over: in the settings of a browser that is still signed in, or with a link from whoever runs this server.',
    back: 'Back to sign-in',
  },

  serverSees: { title: 'What this server can see' },

  calls: callLineWords,
  disappearing: disappearingWords,
  groups: groupWords,
  media: mediaWords,
  messaging: threadWords,

  problem: {
    offline: 'The server cannot be reached. Check your connection and try again.',
    refused: 'The server did not accept this. Reload the page and try again.',
    busy: 'The server is busy at the moment. Try again in a minute.',
    tooOften: 'That was too often in a short time. Wait a minute and try again.',
    unexpected: 'That did not work. Try again; if it keeps happening, reload the page.',
    usernameTaken: (username: string) => `@${username} is taken. Choose another username.`,
    malformedUsername:
      'That is not a possible username. Use 3 to 32 letters, digits, dots, hyphens or underscores, beginning with a letter.',
    inviteNeeded: 'New accounts on this server need an invite link. Ask someone who is here for one.',
    invalidInvite: 'This invite link no longer works. Ask for a new one.',
    interrupted: 'The other tab in which this was going on was closed. Try again.',
    storage:
      'This browser could not store your account. Leave private browsing or free some space, then try again.',
    malformedCode: 'This is not a code for adding a device.',
    expired: 'This code is too old, or its page was closed. Show a new one.',
    notCome: 'The other device did not come. It has not been added; show a new code there and try again.',
    newIdentity: (username: string) =>
      `@${username} has a new identity since you met. Open your chat with them to see what that means.`,
    peerReplaced: 'Nobody reads along in this chat any more, so nothing can be sent here.',
    unknownAccount: (username: string) =>
      `There is no account @${username} on this server. Check the spelling.`,
    wrongPassword: 'Wrong password. Try again.',
    wrongRecoveryCode: 'This is not the recovery code of this account. Was it replaced by a newer one?',
    malformedRecoveryCode:
      'This is no recovery code: something is missing or mistyped. Check each group of four.',
    wrongPasskey:
      'This passkey opens no account here, or not this one. Was it removed? Use another one, or your password.',
    knownPasskey: 'This passkey is there already.',
    unknownPasskey: 'This passkey was removed already.',
    tooManyPasskeys: (limit: number) =>
      `An account has at most ${plural(limit, 'passkey', 'passkeys')}. Remove one that you do not use.`,
    unknownDevice: 'This device is no longer part of your account.',
    deviceRemoved: 'This browser was itself removed from your account, so nothing was done.',
    unconfirmed:
      'The server said it was done, but the test afterwards failed. Keep both the old and the new, and try again in a minute.',
    keysInvalid:
      'The server gave keys that do not match the account, so nothing was done. Tell whoever runs this server.',
    tooManyTries: (waitMs: number) => {
      const minutes = Math.ceil(waitMs / 60_000);
      return waitMs <= 60_000
        ? `Too many tries. Wait ${plural(Math.max(1, Math.ceil(waitMs / 1000)), 'second', 'seconds')}, then try again.`
        : `Too many tries. Wait ${plural(minutes, 'minute', 'minutes')}, then try again.`;
    },
  },
} as const;

/**
 * Why an entry cannot be opened, for people. The reasons are the closed codes of the crypto package and of the engine's
 * sync; many of them mean the same to a reader.
 */
export function unreadableSentence(reason: string): string {
  switch (reason) {
    case 'own_message':
    case 'own_commit':
      return 'It was sent from this device, which kept no copy.';
    case 'no_group':
    case 'stale_epoch':
    case 'future_epoch':
      return 'Its keys are not on this device. Ask for it to be sent again.';
    case 'unsupported':
    case 'unsupported_suite':
      return 'It was made by a newer version of Sotto. Reload the page to get it, then ask for it to be sent again.';
    case 'unknown_sender':
    case 'sender_mismatch':
    case 'invalid_signature':
    case 'invalid_credential':
    case 'replayed':
      return 'It does not come from whom it claims, so it is not shown.';
    case 'account_not_in_policy':
    case 'not_allowed_to_remove':
    case 'not_allowed_proposal':
    case 'policy_changed':
    case 'credential_changed':
      return 'It tried to change who is in this chat against its rules, so it was refused.';
    default:
      return 'It was damaged on its way. Ask for it to be sent again.';
  }
}
