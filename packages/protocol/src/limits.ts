/**
 * Every limit of the wire, in one place. Client and server refuse what exceeds them: the server with
 * `too_large` or `too_many` and the limit met, the client before sending. Sizes are in bytes.
 */
export const limits = {
  /** One WebSocket frame from a client. A commit with its tree and deposits is the largest thing sent. */
  requestSizeBytes: 16 * 1024 * 1024,
  /** One WebSocket frame from the server: a Welcome with its tree is the largest. */
  serverFrameSizeBytes: 16 * 1024 * 1024,
  /** One HTTP sign-in request. */
  signInRequestSizeBytes: 64 * 1024,
  /** Text of one message, UTF-8. */
  textSizeBytes: 64 * 1024,
  /** `MessageEntry.body`: the largest text, padded, with signature and commitment. */
  messageBodySizeBytes: 96 * 1024,
  /** `MessageEntry.live`. */
  messageLiveSizeBytes: 2 * 1024,
  /** `CommitEntry.commit`. */
  commitSizeBytes: 6 * 1024 * 1024,
  /** `CommitEntry.note`: a group's details, and the accounts that a change is about. */
  noteSizeBytes: 64 * 1024,
  /** GroupInfo without its tree. */
  groupInfoSizeBytes: 128 * 1024,
  /** 4,096 hybrid leaves of 1.5 kB, and parents above the busiest of them. */
  ratchetTreeSizeBytes: 8 * 1024 * 1024,
  welcomeSizeBytes: 256 * 1024,
  keyPackageSizeBytes: 16 * 1024,
  signalSizeBytes: 1024,
  vaultSizeBytes: 32 * 1024,
  /** A sealed DeviceLabel, and what is in it. */
  deviceLabelSizeBytes: 512,
  deviceNameLength: 60,
  pushEndpointSizeBytes: 1024,
  deviceDeliverySizeBytes: 512,
  /** Both sealed: a hybrid public key and little else; a chain entry, and history keys beside it. */
  pairingOfferSizeBytes: 4 * 1024,
  pairingAnswerSizeBytes: 64 * 1024,
  /**
   * One link of an identity chain: room for `devicesPerAccount`, and so little that a whole chain fits one frame. What
   * an account publishes must not be more than others can read.
   */
  chainEntrySizeBytes: 4 * 1024,
  /** OPAQUE messages, as base64url text. */
  opaqueMessageSizeBytes: 2 * 1024,
  /** Entries in a chain before it must be compacted. */
  chainEntries: 1000,
  devicesPerAccount: 32,
  passkeysPerAccount: 5,
  /** A sealed PasskeyLabel, and the longest id of a credential (WebAuthn §4). */
  passkeyLabelSizeBytes: 1536,
  credentialIdSizeBytes: 1023,
  /** Key packages kept per device, beside the last-resort one; refilled below `keyPackagesLow`. */
  keyPackagesPerDevice: 50,
  keyPackagesLow: 20,
  keyPackagesPerRequest: 50,
  accountsPerClaim: 64,
  logsPerSubscribe: 5000,
  cursorsPerAcknowledge: 5000,
  conversationsPerAccount: 5000,
  devicesPerConversation: 4096,
  accountsPerConversation: 1000,
  /** Beside the owner. */
  adminsPerGroup: 32,
  /** In larger groups only owner and admins mention everyone. */
  accountsNamedAtOnce: 20,
  invitesPerGroup: 8,
  /** What one commit says that it did to a group. */
  changesPerNote: 32,
  /** Of a group's details: UTF-16 units, and the photo as it is sent. */
  groupNameLength: 100,
  groupDescriptionLength: 1000,
  groupPhotoSizeBytes: 24 * 1024,
  /** History keys for one account: a hybrid encapsulation, the sealed keys with their roles, and a signature. */
  depositSizeBytes: 32 * 1024,
  /** Deposits beside one commit, or in one request. */
  depositsPerRequest: 1024,
  /** The largest is a group's details with its photo. */
  accountItemSizeBytes: 40 * 1024,
  accountItemsPerRequest: 256,
  /** Slots that one account may use: one per conversation, per message that it starred or hid, and per sticker pack. */
  accountItems: 50_000,
  /** Sealed previews of a group's invites, each, and at once for one conversation. */
  invitePreviewSizeBytes: 32 * 1024,
  invitePreviewsPerConversation: 16,
  joinRequestSizeBytes: 2 * 1024,
  joinRequestsPerConversation: 100,
  joinRequestLifetimeMs: 7 * 24 * 3_600_000,
  /** One blob: a file of 2 GiB and what sealing adds. */
  blobSizeBytes: 2 * 1024 ** 3 + 8 * 1024 ** 2,
  /** One PATCH of an upload. */
  blobPartSizeBytes: 8 * 1024 * 1024,
  blobsPerMessage: 32,
  /** How often what is limited can be looked at, at most. */
  viewsPerAttachment: 10,
  blobsPerRequest: 256,
  uploadsPerAccount: 512,
  uploadLifetimeMs: 24 * 3_600_000,
  /** A blob that no message holds. */
  unheldBlobLifetimeMs: 24 * 3_600_000,
  /** Of disappearing messages, where it is on: from five seconds to four weeks. */
  timerSeconds: { min: 5, max: 28 * 24 * 3600 },
  /** Content of a passing entry that some device has not stored. */
  passingLifetimeMs: 14 * 24 * 3_600_000,
  /** Blobs of a message that is not kept for history: it may be stored after two weeks, and be shown for four. */
  passingBlobLifetimeMs: 42 * 24 * 3_600_000,
  downloadTicketLifetimeMs: 10 * 60_000,
  stickersPerPack: 200,
  stickerSizeBytes: 64 * 1024,
  /** UTF-16 units; of its author's name too. */
  stickerPackTitleLength: 60,
  /** What a pack says before its pictures. */
  stickerManifestSizeBytes: 32 * 1024,
  stickerPacksPerAccount: 50,
  /** Logs in one ReadLog, entries of each, and the summed size of the answer. */
  logsPerRead: 256,
  entriesPerRead: 500,
  readSizeBytes: 1024 * 1024,
  /** Accounts in one ReadAccounts. */
  accountsPerRead: 64,
  /** Entries that one ReadCommits looks through. */
  entriesPerCommitRead: 2000,
  /** Entries in one push, and their summed size. */
  entriesPerPush: 256,
  pushSizeBytes: 512 * 1024,
  /** Requests of one connection that may await their answers. */
  requestsInFlight: 64,
  /** One SDP of a call. */
  callDescriptionSizeBytes: 16 * 1024,
  /** In one update, and each of them; updates of one join, and joins of one device in a call. */
  candidatesPerCallUpdate: 16,
  callCandidateSizeBytes: 512,
  updatesPerCallJoin: 256,
  joinsPerCall: 32,
  /** From the invite's acceptance: how long it rings, until when an answer counts, and the longest call. */
  callRingLifetimeMs: 45_000,
  callAnswerLifetimeMs: 60_000,
  callLifetimeMs: 24 * 3_600_000,
  /** How long a call whose media nobody holds waits for somebody to come back. */
  callRejoinMs: 30_000,
  /** Accounts of a group: up to so many a call rings where nothing else is chosen, and it never does in larger ones than that. */
  groupCallRingsByItself: 8,
  groupCallRings: 32,
  /** Joins that one group call has at a time, and in all of its time. */
  joinsPerGroupCallAtOnce: 300,
  joinsPerGroupCall: 4096,
  /** Of one account, so that none uses up the call's. */
  joinsPerGroupCallAccount: 256,
  /** Keys that one join brings though the log shows nobody who needs them. */
  needlessKeysPerGroupCallJoin: 32,
  /** A group call that nobody is in is over after that time. */
  groupCallEmptyMs: 120_000,
  /** What is changed of one join in a group call, and told of it. */
  updatesPerGroupCallJoin: 4096,
  /** One stay of one device in one group call. */
  joinIdSizeBytes: 8,
  /** Seats of one group call's room, of all who listen too, and those of them that send something. */
  seatsPerCallRoom: 300,
  sendersPerCallRoom: 50,
  /** Seats of one account in all rooms: a page that was loaded anew has another beside the one that runs out. */
  callSeatsPerAccount: 32,
  /** Of one conversation at once: two may start a call in the same moment. */
  callRoomsPerConversation: 4,
  /** An encoded SeatRequest, SeatAnswer or SeatEvent. */
  seatRequestSizeBytes: 32 * 1024,
  seatAnswerSizeBytes: 32 * 1024,
  seatEventSizeBytes: 64 * 1024,
  callTicketLifetimeMs: 12 * 3_600_000,
  usernameLength: { min: 3, max: 32 },
  passwordLength: { min: 8, max: 256 },
  challengeLifetimeMs: 30_000,
  loginLifetimeMs: 60_000,
  pairingLifetimeMs: 5 * 60_000,
  inviteLifetimeMs: 7 * 24 * 3_600_000,
  /** How long an operator's permission to start over holds. */
  resetLifetimeMs: 24 * 3_600_000,
} as const;
