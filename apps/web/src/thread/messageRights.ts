/** What this account may do with a message, as far as it can be known here; every member's client judges it again. */
import type { ConversationView, MessageView } from '../sotto.ts';

export interface MessageRights {
  readonly isSent: boolean;
  readonly reply: boolean;
  readonly react: boolean;
  readonly edit: boolean;
  readonly copy: boolean;
  readonly forward: boolean;
  readonly pin: boolean;
  readonly star: boolean;
  readonly info: boolean;
  readonly versions: boolean;
  readonly deleteForEveryone: boolean;
}

export function rightsOver(message: MessageView, conversation: ConversationView): MessageRights {
  const { body, mine, state } = message;
  const isSent = state === 'sent' || state === 'received';
  const isText = body.kind === 'text';
  const canWrite = conversation.may.send && conversation.ended === null && conversation.newIdentity === null;
  const isLimited = isText && body.attachments.some(({ views }) => views !== null);
  const hasText = isText && body.text !== '';
  // What disappears is not made to stay: spec/disappearing.md, "Gone".
  const stays = message.timer === null;
  return {
    isSent,
    reply: isSent && isText && canWrite,
    react: isSent && isText && conversation.ended === null && conversation.newIdentity === null,
    edit: isSent && mine && isText && body.sticker === null && !isLimited && canWrite,
    copy: hasText,
    forward: isSent && isText && !isLimited && stays,
    pin: isSent && isText && conversation.may.pin && conversation.ended === null,
    star: isSent && isText && stays,
    info: isSent && mine && isText,
    versions: message.editedAtMs !== null && isText,
    deleteForEveryone:
      isSent &&
      body.kind !== 'deleted' &&
      body.kind !== 'notice' &&
      body.kind !== 'call' &&
      conversation.ended === null &&
      (mine || conversation.may.deleteMessages),
  };
}
