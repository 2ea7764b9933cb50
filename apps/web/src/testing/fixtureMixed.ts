/** Long threads of everything: made from a message's place, always the same for it. */
import type { AccountView, AttachmentView, MessageExtras, MessageView, TransactionId } from '../sotto.ts';
import { plainText, untouched } from '../sotto.ts';
import { fixtureId } from './fixtureIds.ts';

export const virtualIds = 20_000_000;
const paragraph =
  'The tide tables for the week are on the board by the door, and the small boat is free on Thursday if the wind stays where it is.';
const styled =
  '**Remember**:\n- the *long* line\n- `knots.pdf`\n> High water at ten\nand https://maps.example/harbour/quay';
const emoji = ['👍', '❤️', '😂', '🎉', '😮'];

/** A plain text of varying length. */
export function virtualText(order: number): string {
  const length = 12 + ((order * 7919) % (order % 11 === 0 ? 400 : 90));
  return `${order}: ${paragraph.repeat(4).slice(0, length)}`;
}

/** What a group's message at `order` says, shows and got. */
export function mixedMessage(
  order: number,
  others: readonly AccountView[],
  picture: AttachmentView,
): Pick<MessageView, 'body' | 'reactions' | 'editedAtMs' | 'pinned' | 'starred'> {
  const who = (at: number): AccountView => others[at % others.length]!;
  const extras: MessageExtras = {
    ...plainText,
    attachments: order % 9 === 0 ? Array.from({ length: 1 + (order % 4) }, () => picture) : [],
    forwarded: order % 31 === 0,
    replyTo:
      order % 6 === 0 && order > 4
        ? {
            kind: 'message',
            messageId: fixtureId<TransactionId>(order - 3 + virtualIds),
            order: order - 3,
            sender: who(order),
            text: virtualText(order - 3).slice(0, 120),
            attachment: null,
          }
        : null,
  };
  const text =
    order % 17 === 0 ? emoji[order % emoji.length]! : order % 13 === 0 ? styled : virtualText(order);
  return {
    ...untouched,
    editedAtMs: order % 19 === 0 ? 1 : null,
    starred: order % 41 === 0,
    reactions:
      order % 5 === 0
        ? emoji
            .slice(0, 1 + (order % 4))
            .map((each, at) => ({ emoji: each, accounts: [who(order + at)], mine: false }))
        : [],
    body: { kind: 'text', ...extras, text: order % 9 === 0 && order % 2 === 0 ? '' : text },
  };
}
