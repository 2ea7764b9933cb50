/**
 * Every limit of the wire, in one place. Client and server refuse what exceeds them: the server with
 * `too_large` or `too_many` and the limit met, the client before sending. Sizes are in bytes.
 */
export const limits = {
  /** One WebSocket frame from a client. A commit with its tree is the largest thing sent. */
  requestSizeBytes: 4 * 1024 * 1024,
  /** One WebSocket frame from the server; pushes of entries are cut to stay under it. */
  serverFrameSizeBytes: 8 * 1024 * 1024,
  /** One HTTP sign-in request. */
  signInRequestSizeBytes: 64 * 1024,
  /** Text of one message, UTF-8. */
  textSizeBytes: 64 * 1024,
  /** `MessageEntry.body`: the largest text, padded, with signature and commitment. */
  messageBodySizeBytes: 96 * 1024,
  /** `MessageEntry.live`. */
  messageLiveSizeBytes: 2 * 1024,
  /** `CommitEntry.commit`. */
  commitSizeBytes: 1024 * 1024,
  /** GroupInfo without its tree. */
  groupInfoSizeBytes: 64 * 1024,
  ratchetTreeSizeBytes: 2 * 1024 * 1024,
  welcomeSizeBytes: 256 * 1024,
  keyPackageSizeBytes: 16 * 1024,
  signalSizeBytes: 1024,
  vaultSizeBytes: 32 * 1024,
  /** A sealed DeviceLabel, and what is in it. */
  deviceLabelSizeBytes: 512,
  deviceNameLength: 60,
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
  devicesPerConversation: 1024,
  /** One history key for one account: a hybrid encapsulation, the sealed key and a signature. */
  depositSizeBytes: 2 * 1024,
  /** Deposits beside one commit, or in one request. */
  depositsPerRequest: 1024,
  accountItemSizeBytes: 2 * 1024,
  accountItemsPerRequest: 256,
  /** Slots that one account may use: one per conversation, and room. */
  accountItems: 6000,
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
  usernameLength: { min: 3, max: 32 },
  passwordLength: { min: 8, max: 256 },
  challengeLifetimeMs: 30_000,
  loginLifetimeMs: 60_000,
  pairingLifetimeMs: 5 * 60_000,
  inviteLifetimeMs: 7 * 24 * 3_600_000,
  /** How long an operator's permission to start over holds. */
  resetLifetimeMs: 24 * 3_600_000,
} as const;
