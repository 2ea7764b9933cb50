import { deleteAttachments, readBlobIds } from '../attachments/attachmentTable.ts';
import { releaseBlobs } from '../attachments/blobRelease.ts';
import type { ChangeContent } from '../messages/content.ts';
import { allowedMentions } from '../messages/mentions.ts';
import type { MessageRef } from '../messages/messageRef.ts';
import type { MessageRules } from '../messages/messageRules.ts';
import { changeBody, messagesByRef } from '../messages/messageTable.ts';
import { type ChangeScene, tellReplies } from './changeScene.ts';
import {
  deleterOf,
  forgetChanges,
  type MessageChange,
  settlePin,
  settleReaction,
  storeChange,
  trimEdits,
} from './messageChangeTable.ts';
import { deletedBody, showEdits } from './shownText.ts';

/**
 * Stores an entry that changes a message, which may not be here yet (spec/messages.md, "Changes"): from the log or from
 * history, in any order, also twice. What its author must not do, by the rules of the entry's epoch, does nothing.
 */
export function applyChange(scene: ChangeScene, rules: MessageRules, change: MessageChange): void {
  const { sql, self, row } = scene;
  const { authorId } = change;
  const content = allowedContent(rules, change);
  const { message } = content;
  if (!isAllowed(rules, change)) return;
  const isDeleted = deleterOf(sql, row.key, message) !== null;
  if (isDeleted && content.kind !== 'deletion') return;
  if (!storeChange(sql, row.key, { ...change, content })) return;
  switch (content.kind) {
    case 'reaction':
      settleReaction(sql, row.key, message, authorId);
      break;
    case 'pin':
      settlePin(sql, row.key, message);
      break;
    case 'edit':
      trimEdits(sql, row.key, message);
      for (const one of messagesByRef(sql, row.key, message)) showEdits(sql, self, row.key, one);
      break;
    case 'deletion':
      erase(scene, message);
      break;
  }
  tellOf(scene, message, content.kind === 'edit' || content.kind === 'deletion');
}

function isAllowed(rules: MessageRules, { authorId, content }: MessageChange): boolean {
  const isOwn = content.message.accountId === authorId;
  switch (content.kind) {
    case 'reaction':
      return true;
    case 'edit':
      return isOwn;
    case 'deletion':
      return isOwn || rules.may(authorId, 'deleteMessages');
    case 'pin':
      return rules.may(authorId, 'pin');
  }
}

function allowedContent(rules: MessageRules, { authorId, content }: MessageChange): ChangeContent {
  if (content.kind !== 'edit') return content;
  return { ...content, mentions: allowedMentions(rules, authorId, content.mentions) };
}

/** Nothing of what it said stays in the database. */
function erase({ sql, row, self, changes }: ChangeScene, message: MessageRef): void {
  const deleter = deleterOf(sql, row.key, message);
  if (deleter === null) return;
  forgetChanges(sql, row.key, message);
  for (const one of messagesByRef(sql, row.key, message)) {
    if (readBlobIds(sql, row.key, one.messageId).length > 0) {
      // Only who sent it can have the server let go of its files.
      if (one.senderId === self) releaseBlobs(sql, row.key, one.order, 'everyone');
      changes.files();
    }
    deleteAttachments(sql, row.key, [one.messageId]);
    changeBody(sql, row.key, one.order, deletedBody(deleter));
  }
}

/** Views show these anew. `withReplies`: also those that quote it. */
export function tellOf(scene: Omit<ChangeScene, 'self'>, message: MessageRef, withReplies: boolean): void {
  const { sql, changes, row } = scene;
  for (const { messageId } of messagesByRef(sql, row.key, message)) {
    changes.message(row.conversationId, messageId);
  }
  changes.conversation(row.conversationId);
  if (withReplies) tellReplies(scene, message);
}
