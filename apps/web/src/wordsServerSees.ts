/** What the server sees, in plain words: loaded with the page that says it. Keep it true whenever the server stores something new. */

export const serverSeesWords = {
  lead: 'The server carries your messages without being able to open them. It still has to know some things to do its work. This is all of it.',
  seesTitle: 'It sees',
  sees: [
    ['Your username', 'with a random number that stands for your account, and when it was made.'],
    [
      'Your devices',
      'how many browsers you use, the public half of each one’s keys, when each is connected and was last here. Their names are sealed. People you chat with are told when you are online.',
    ],
    [
      'Who is in which chat',
      'which accounts and devices take part, and in groups who may do what there. Not what the chat is about, and of groups no name, photo or description.',
    ],
    [
      'Who asks to join a group',
      'by which invite link, and until when links work. Not the link itself, which is what opens the preview.',
    ],
    [
      'When and how much',
      'which device sent a message, when, and its rounded-up size. Short messages and read receipts all look the same.',
    ],
    [
      'Sealed messages',
      'it keeps them for your devices to fetch, and cannot open them. It sees where history is off.',
    ],
    [
      'Sealed files',
      'how large they are, which account sent them, in which chat, and when they are fetched. Not what they are, nor what they are called. It sees that a message brings files, and how many.',
    ],
    [
      'Sticker packs',
      'that you made one, and which ones you fetched. Not what is in them, and not which stickers you send.',
    ],
    [
      'That you call',
      'your device asks it for a way to the other one, and both pass sealed notes. It could tell by their timing in which chat. Of a call through its relay: the network addresses of both, when, and how much.',
    ],
    [
      'Calls of groups',
      'that one goes on in a group, which devices of which accounts are in it and since when, their network addresses, who sends sound, a picture or a screen at the moment and how much, and whose pictures each of them has on the screen. Not what is said, shown, or reacted with, nor how loud anybody is. It keeps none of it once the call is over.',
    ],
    ['How far each device got', 'up to which message each of your devices has fetched.'],
    [
      'That your devices noted something about a chat',
      'a sealed note for your other devices, when it changes, and how many chats have one. Not which chat.',
    ],
    [
      'That someone is typing',
      'as a sealed note that is passed on and not kept. It could tell it by its timing.',
    ],
    [
      'When you changed what opens your account',
      'a password, a recovery code, a passkey, a device, or that you started over. People you chat with could see that too; it is what keeps a server from undoing it.',
    ],
    ['Your invite links', 'that you made them and until when they work.'],
    [
      'Your network address',
      'while you are connected, to deliver and to slow down guessing. It is not stored.',
    ],
  ],
  neverTitle: 'It cannot see',
  never: [
    ['What you write', 'the text of messages is locked before it leaves your device.'],
    ['Your password', 'it is never sent. The server can only check that you know it.'],
    [
      'Your private keys',
      'they are made here. A sealed copy, which only your password, recovery code or a passkey opens, lets you sign in elsewhere.',
    ],
    [
      'What you have read, pinned, starred, muted or archived, and your drafts',
      'the notes of your devices are locked like messages.',
    ],
    [
      'Your photos, files and voice messages',
      'they are locked before they leave your device, with their names and small pictures.',
    ],
    [
      'What you say and show in calls',
      'sound and pictures are locked from device to device, through the relay as well.',
    ],
    ['Your searches', 'they stay in this browser.'],
  ],
  limitsTitle: 'Honest limits',
  limits: [
    'A weak password could be guessed by whoever takes over the server. Five random words cannot, in practice.',
    'This page’s program comes from the server. A server that turned against you could send a changed one.',
    'The people you write to can copy what they read.',
  ],
  yoursTitle: 'Stored for you',
  accountId: 'Account number',
  deviceId: 'This browser’s number',
} as const;
