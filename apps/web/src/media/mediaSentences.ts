/**
 * The sentences of attachments, stickers and voice messages, apart from those in wordsMedia.ts: they are loaded with this part
 * of the app, after the first screen.
 */
import type { AttachmentFault, AttachmentProblem, AttachmentView } from '../sotto.ts';
import { numberFormat, plural } from '../wordForms.ts';
import type { FileFault, PictureFault } from './prepare/faults.ts';

const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];

function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

const faults: Record<AttachmentFault, string> = {
  gone: 'The server no longer has this file. Ask whoever sent it to send it again.',
  damaged:
    'What the server gave is not what was sent, so it was not opened. Try again, or ask for it once more.',
  quotaFull: 'You have no room left on this server. Delete files that you sent, then try again.',
  unavailable: 'The server takes no files at the moment. It is tried again by itself.',
  tooLarge: 'This file is too large for this server.',
  noSpace: 'This device has no room left. Free some space, then try again.',
  sourceGone: 'The file can no longer be read here: it was moved, changed or deleted. Attach it again.',
  offline: 'The server was out of reach. It goes on as soon as you try again with a connection.',
};

/** The rest is a matter of trying again. */
const packProblems: Partial<Record<AttachmentProblem['kind'], string>> = {
  malformed: 'This link leads to no sticker pack that can be read. It may be incomplete.',
  gone: 'This link leads to no sticker pack: the server does not have it.',
  damaged: 'What the server gave is not what the link names, so it was not opened.',
  noSpace: faults.noSpace,
};

export const mediaSentences = {
  size,
  duration,
  fault: (fault: AttachmentFault) => faults[fault],
  problem: (kind: AttachmentProblem['kind']) => {
    if (kind === 'unknownMessage') return 'This message is no longer here.';
    if (kind === 'opened') return 'It was opened as often as it can be, or is open in another window.';
    return kind === 'malformed' ? 'This could not be read.' : faults[kind];
  },

  tray: {
    title: (count: number) => `Send ${plural(count, 'file', 'files')}`,
    titleOne: {
      photo: 'Send photo',
      video: 'Send video',
      file: 'Send file',
      voice: 'Send',
      audio: 'Send audio',
    },
    caption: 'Caption',
    captionLeft: (count: number) => `${numberFormat.format(count)} left`,
    captionLong: (count: number) => `${numberFormat.format(count)} too many`,
    add: 'Add more',
    remove: (name: string) => `Take out ${name}`,
    preparing: 'Preparing…',
    list: 'What is sent',
    asPhotos: 'Smaller',
    asPhotosText:
      'Quick to send and fine on every screen. The place and other notes of the camera are taken out.',
    original: 'Original size',
    originalText: 'Every pixel as it is. The place and other notes of the camera are taken out.',
    asFile: 'As files',
    asFileText:
      'Exactly as they are on your device, with everything in them: photos may say where they were taken.',
    how: 'How to send photos',
    send: 'Send',
    tooMany: (limit: number) => `At most ${limit} files go in one message. The first ${limit} are here.`,
    failed: 'This could not be stored. Everything is still here: try again.',
    noSpace: 'This device has no room left for it. Free some space, then try again.',
    refused: {
      empty: (name: string) => `${name} is empty: there is nothing to send.`,
      unreadable: (name: string) =>
        `${name} cannot be read. Folders cannot be sent: make an archive of it first.`,
      tooLarge: (name: string) => `${name} is larger than 2 GB, which is the most one file can have.`,
    } satisfies Record<FileFault, (name: string) => string>,
    fileOnly: {
      bomb: 'It has too many pixels to be shown: it goes as a file, exactly as it is.',
      unsupported: 'It cannot be shown as a picture: it goes as a file, exactly as it is.',
      damaged: 'It cannot be shown, it seems damaged: it goes as a file, exactly as it is.',
    } satisfies Record<PictureFault, string>,
  },

  camera: {
    title: 'Camera',
    take: 'Take a photo',
    flip: 'Other camera',
    denied:
      'The browser does not allow this site to use the camera. Allow it in the address bar, then try again.',
    missing: 'There is no camera here.',
    broken: 'The camera does not answer. Another program may be using it.',
  },

  bubble: {
    photo: (place: string) => `Photo${place}`,
    of: (index: number, count: number) => ` ${index} of ${count}`,
    open: (what: string) => `Open ${what}`,
    video: (length: string) => `Video, ${length}`,
    more: (count: number) => `${count} more`,
    download: (name: string) => `Save ${name}`,
    fetch: (name: string, length: string) => `Fetch ${name}, ${length}`,
    pause: 'Pause',
    resume: 'Go on',
    retry: 'Try again',
    cancel: 'Cancel',
    preparing: 'Locking the file…',
    uploading: (done: string, total: string) => `Sending, ${done} of ${total}`,
    downloading: (done: string, total: string) => `Fetching, ${done} of ${total}`,
    paused: (done: string, total: string) => `Paused at ${done} of ${total}`,
    progress: 'Progress',
    here: 'On this device',
    file: (extension: string) => (extension === '' ? 'File' : `${extension.toUpperCase()} file`),
    notShown: 'This cannot be shown here. You can save it.',
    notPicture: 'What was sent is not the picture it says it is, so it is not shown.',
    tooManyPixels: 'This picture has too many pixels to be opened safely. You can save it.',
    saving: 'Saving…',
    saved: 'Saved',
  },

  limit: {
    views: 'Limit views',
    plays: 'Limit plays',
    choice: (times: number) => (times === 0 ? 'Off' : times === 1 ? 'Once' : `${times} times`),
    text: (times: number) =>
      times === 1
        ? 'It can be opened one time, and is gone when it is closed. A camera could still photograph it.'
        : `Everybody can open it ${times} times, and it is gone after the last. A camera could still photograph it.`,
  },

  limited: {
    photo: (limit: number) => (limit === 1 ? 'Photo, view once' : `Photo, ${limit} views`),
    video: (limit: number) => (limit === 1 ? 'Video, view once' : `Video, ${limit} views`),
    voice: (limit: number) => (limit === 1 ? 'Voice message, play once' : `Voice, ${limit} plays`),
    open: 'Open',
    opened: 'Opened',
    sent: 'Waiting to be opened',
    left: (left: number, limit: number) => `${left} of ${limit} left`,
    /** Of one other. */
    seenTimes: (seen: number, limit: number) => `Opened ${seen} of ${limit} times`,
    seenBy: (viewers: number, recipients: number) => `Opened by ${viewers} of ${recipients}`,
    title: (kind: AttachmentView['kind'], left: number) => {
      const verb = kind === 'voice' || kind === 'audio' ? 'Play' : 'Open';
      return left === 1 ? `${verb} this once?` : `${verb} this now?`;
    },
    text: (left: number) =>
      left === 1
        ? 'When you close it, it is gone for good: from this device, and from your others. Whoever sent it is told that you opened it.'
        : `You can open it ${left} more times, this one included. Whoever sent it is told that you opened it.`,
    confirm: 'Open now',
    close: (left: number) => (left === 1 ? 'Close for good' : 'Close'),
    hidden: 'Hidden while you are in another window. Click here to see it.',
    capture: (limit: number) =>
      limit === 1
        ? 'The sender wants this to be seen once. Please do not keep a copy.'
        : `The sender wants this to be seen ${limit} times at most. Please do not keep a copy.`,
  },

  viewer: {
    title: 'Viewer',
    next: 'Next',
    previous: 'Previous',
    zoomIn: 'Larger',
    zoomOut: 'Smaller',
    save: 'Save',
    forward: 'Forward',
    show: 'Show in chat',
    place: (index: number, count: number) => `${index} of ${count}`,
    loading: 'Opening…',
    video: 'Video',
    notPlayed: 'This browser cannot play it. You can save it and open it with another program.',
  },

  voice: {
    record: 'Record a voice message',
    recording: 'Recording',
    pause: 'Pause recording',
    resume: 'Go on recording',
    discard: 'Delete recording',
    stop: 'Stop and listen',
    send: 'Send voice message',
    release: 'Let go to send. Slide left to delete, up to keep recording.',
    listen: 'Listen before sending',
    level: 'Loudness',
    limit: 'That is the most one voice message can have.',
    denied:
      'The browser does not allow this site to use the microphone. Allow it in the address bar, then try again.',
    missing: 'There is no microphone here.',
    broken: 'The microphone does not answer. Another program may be using it.',
    unsupported: 'This browser cannot record sound.',
    short: 'Hold the button while you speak, or tap it to record without holding.',
    play: 'Play',
    stopPlaying: 'Pause',
    seek: 'Position',
    at: (at: string, of: string) => `${at} of ${of}`,
    speed: (rate: number) => `Speed ${rate}×`,
    rate: (rate: number) => `${rate}×`,
    playing: (name: string) => `Playing: ${name}`,
    closePlayer: 'Stop and close the player',
    showPlaying: 'Show in chat',
    notPlayed: 'This browser cannot play it. You can save it instead.',
  },

  gallery: {
    title: 'Photos, files and links',
    tabs: { media: 'Photos', files: 'Files', links: 'Links', voice: 'Voice' },
    empty: {
      media: 'No photos or videos in this chat yet.',
      files: 'No files in this chat yet.',
      links: 'No links in this chat yet.',
      voice: 'No voice messages in this chat yet.',
    },
    loading: 'Looking…',
    failed: 'This could not be read. Go back and try again.',
    showInChat: 'Show in chat',
  },

  storage: {
    title: 'Files and storage',
    here: 'On this device',
    hereText: (used: string) =>
      `${used} of files that were fetched are kept here, locked, so that they open at once. They stay on the server and can be fetched again.`,
    clear: 'Clear what was fetched',
    cleared: 'Cleared.',
    limit: 'Keep at most',
    limitText: 'When there is more, what was not opened for the longest time goes first.',
    limits: [
      [100, '100 MB'],
      [500, '500 MB'],
      [2000, '2 GB'],
      [10_000, '10 GB'],
    ] as const,
    server: 'At the server',
    serverText: (used: string, total: string) =>
      `${used} of ${total} are taken up by files that you sent. They go when you delete the messages they are in.`,
    serverUnknown: 'The server could not be asked. Connect and open this page again.',
    used: 'Taken up',
  },

  stickers: {
    title: 'Stickers',
    builtIn: 'Harbour',
    send: (name: string) => `Send sticker: ${name}`,
    packs: 'Packs',
    create: 'Make a pack',
    createTitle: 'Make a sticker pack',
    createText:
      'Choose up to 200 pictures. Whoever has the link can see and install the pack, for good: it cannot be taken back.',
    name: 'Name of the pack',
    author: 'Made by (optional)',
    by: 'Made by',
    loading: 'Loading the pack',
    nameMissing: 'Give the pack a name.',
    choose: 'Choose pictures',
    none: 'Choose at least one picture.',
    some: (count: number) => `${count} could not be used: not a picture, damaged, or too large.`,
    emojiFor: (index: number) => `Emoji for sticker ${index}`,
    remove: (index: number) => `Take out sticker ${index}`,
    made: 'Your pack is ready. Share its link:',
    makeFailed: 'The pack could not be stored at the server. Try again.',
    install: 'Add to my stickers',
    uninstall: 'Remove from my stickers',
    installed: 'It is among your stickers.',
    count: (count: number) => plural(count, 'sticker', 'stickers'),
    packProblem: (kind: AttachmentProblem['kind']) =>
      packProblems[kind] ?? 'The pack could not be fetched. Connect, then try again.',
    tooMany: 'You have as many packs as you can have. Remove one first.',
    unreadable: 'A pack that cannot be shown',
    offline: 'The pack could not be fetched. Connect, then try again.',
    open: 'View pack',
    sticker: (emoji: string) => (emoji === '' ? 'Sticker' : `Sticker: ${emoji}`),
    added: 'Done.',
  },
};
