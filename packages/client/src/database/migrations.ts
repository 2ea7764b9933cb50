import { accountMigration } from '../account/migration.ts';
import { attachmentMigration } from '../attachments/attachmentMigration.ts';
import { viewMigration } from '../attachments/viewTable.ts';
import { callMigration } from '../calls/callTable.ts';
import { chainGrowthMigration } from '../directory/chainGrowthTable.ts';
import { disappearingMigration } from '../disappearing/disappearingMigration.ts';
import { groupCallMigration } from '../groupCalls/groupCallTable.ts';
import { missedCallsMigration } from '../groupCalls/missedCallsTable.ts';
import { groupMigration } from '../groups/groupMigration.ts';
import { groupRecordMigration } from '../groups/groupRecordMigration.ts';
import { fetchMigration } from '../history/fetchTable.ts';
import { historyMigration } from '../history/historyMigration.ts';
import { identityMigration } from '../identity/identityMigration.ts';
import { integrityMigration } from '../integrity/integrityMigration.ts';
import { messageMarkMigration } from '../marks/messageMarkTable.ts';
import { dateMigration } from '../messages/dateMigration.ts';
import { messagesMigration } from '../messages/messagesMigration.ts';
import { draftMigration } from '../ownState/draftMigration.ts';
import { ownStateMigration } from '../ownState/ownStateMigration.ts';
import { policyMigration } from '../policy/policyMigration.ts';
import { receiptTimeMigration } from '../receipts/receiptTimeMigration.ts';
import { searchMigration } from '../search/searchTable.ts';
import { stickerMigration } from '../stickers/packTable.ts';
import { passedOverMigration } from '../sync/passedOverTable.ts';

/**
 * The schema of a device's database, as append-only migrations: `PRAGMA user_version` counts those applied. A
 * migration that has been released is never edited (a test compares hashes). Ids are lower-case hexadecimal
 * text. Conversations have a local integer key, to keep the indices of 100,000 messages small.
 */
export const migrations: readonly string[] = [
  `
-- One row: whose database this is. lock_key seals the file when signed out.
CREATE TABLE device (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  account_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  username TEXT NOT NULL,
  seed BLOB NOT NULL,
  credential BLOB NOT NULL,
  server_id BLOB NOT NULL,
  lock_key BLOB NOT NULL,
  -- 'enrolling' until the server has the chain entry; 'removed' once the chain no longer lists the device
  state TEXT NOT NULL,
  inbox_cursor INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Accounts met so far, with the verified identity chain as received: its head is the pin.
CREATE TABLE account (
  account_id TEXT PRIMARY KEY,
  username TEXT NOT NULL,
  chain_seq INTEGER NOT NULL,
  chain_hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE chain_entry (
  account_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  body BLOB NOT NULL,
  signature BLOB NOT NULL,
  PRIMARY KEY (account_id, seq)
) STRICT, WITHOUT ROWID;

-- Private halves of KeyPackages that are published or about to be.
CREATE TABLE key_package (
  ref TEXT PRIMARY KEY,
  key_package BLOB NOT NULL,
  private_part BLOB NOT NULL,
  last_resort INTEGER NOT NULL,
  published INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation (
  key INTEGER PRIMARY KEY,
  -- What views use: never changes on this device.
  conversation_id TEXT NOT NULL UNIQUE,
  -- The server's log, and the MLS group id: another one where both sides began at once. NULL until it is known.
  log_id TEXT UNIQUE,
  peer_id TEXT NOT NULL,
  -- waiting (not on the server yet), joining (no group here yet), ready, removed
  state TEXT NOT NULL,
  -- Newest log entry whose effects are stored.
  cursor INTEGER NOT NULL DEFAULT 0,
  -- Epoch in which this device found its group unusable and healed, or -1: once per epoch.
  healed_epoch INTEGER NOT NULL DEFAULT -1,
  broken INTEGER NOT NULL DEFAULT 0,
  unread_count INTEGER NOT NULL DEFAULT 0,
  last_activity_ms INTEGER NOT NULL,
  own_read INTEGER NOT NULL DEFAULT 0,
  -- Newest message of another account that is stored here, and what the log was told of both.
  own_delivered INTEGER NOT NULL DEFAULT 0,
  told_read INTEGER NOT NULL DEFAULT 0,
  told_delivered INTEGER NOT NULL DEFAULT 0,
  draft TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX conversation_by_peer ON conversation (peer_id);

-- Changes with every message, so apart from the tree, which changes with commits only.
CREATE TABLE group_state (
  conversation INTEGER PRIMARY KEY REFERENCES conversation (key) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  private_state BLOB NOT NULL
) STRICT;
CREATE TABLE group_tree (
  conversation INTEGER PRIMARY KEY REFERENCES conversation (key) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  tree BLOB NOT NULL
) STRICT;

-- An own commit, stored before it is sent and merged only when it is seen in the log.
CREATE TABLE pending_commit (
  conversation INTEGER PRIMARY KEY REFERENCES conversation (key) ON DELETE CASCADE,
  transaction_id TEXT NOT NULL,
  -- create, join, heal, remove
  purpose TEXT NOT NULL,
  base_epoch INTEGER NOT NULL,
  accepted INTEGER NOT NULL DEFAULT 0,
  pending BLOB NOT NULL
) STRICT;

CREATE TABLE message (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  ord INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  sender_id TEXT NOT NULL,
  sender_device TEXT NOT NULL,
  sent_at_ms INTEGER NOT NULL,
  -- waiting, sent, failed, received
  state TEXT NOT NULL,
  -- text, notice, unreadable; detail: the text, the notice's kind, the reason
  body_kind TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (conversation, ord)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX message_by_id ON message (conversation, message_id);

-- waiting -> sealed (bytes stored with the group state that made them) -> accepted -> gone, once seen in the log.
CREATE TABLE outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  transaction_id TEXT NOT NULL,
  -- text, receipt
  kind TEXT NOT NULL,
  content BLOB NOT NULL,
  state TEXT NOT NULL,
  epoch INTEGER,
  body BLOB,
  live BLOB,
  -- accepted: where the server says it stands
  accepted_seq INTEGER,
  UNIQUE (conversation, transaction_id)
) STRICT;
CREATE INDEX outbox_by_conversation ON outbox (conversation, position);

CREATE TABLE receipt (
  conversation INTEGER NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
  account_id TEXT NOT NULL,
  delivered INTEGER NOT NULL,
  read INTEGER NOT NULL,
  PRIMARY KEY (conversation, account_id)
) STRICT, WITHOUT ROWID;

-- Entries as received that could not be processed, with why.
CREATE TABLE unreadable (
  -- the inbox: 0
  conversation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  reason TEXT NOT NULL,
  entry BLOB NOT NULL,
  PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;
`,
  searchMigration,
  accountMigration,
  historyMigration,
  ownStateMigration,
  policyMigration,
  integrityMigration,
  groupRecordMigration,
  identityMigration,
  fetchMigration,
  passedOverMigration,
  groupMigration,
  attachmentMigration,
  messagesMigration,
  dateMigration,
  receiptTimeMigration,
  draftMigration,
  messageMarkMigration,
  stickerMigration,
  disappearingMigration,
  chainGrowthMigration,
  viewMigration,
  callMigration,
  groupCallMigration,
  missedCallsMigration,
];
