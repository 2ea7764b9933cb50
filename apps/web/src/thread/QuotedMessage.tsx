import { toneOf } from '../parts/Avatar.tsx';
import { Icon } from '../parts/Icon.tsx';
import { usePhotoAddress } from '../parts/usePhotoAddress.ts';
import type { AccountId, ReplyView } from '../sotto.ts';
import { plainLine } from '../text/plainLine.ts';
import { words } from '../words.ts';
import { useThreadActions } from './ThreadActions.ts';

/** What a message answers, as it is now; pressed, the thread goes there. */
export function QuotedMessage({ reply, own }: { reply: ReplyView; own: AccountId | null }) {
  const actions = useThreadActions();
  const { reply: text } = words.messaging;
  if (reply.kind !== 'message') {
    return (
      <span className="quoted" data-gone="true">
        <Icon name="reply" />
        {text[reply.kind]}
      </span>
    );
  }
  const { sender, attachment, order } = reply;
  const name = sender.accountId === own ? words.common.you : sender.username;
  return (
    <button
      type="button"
      className="quoted"
      data-tone={toneOf(sender.accountId)}
      title={text.jump(name)}
      onClick={() => actions.jump(order)}
    >
      {attachment !== null && attachment.thumbnail.length > 0 && (
        <QuotedPicture thumbnail={attachment.thumbnail} />
      )}
      <bdi className="quoted-name">{name}</bdi>
      <span className="quoted-text" dir="auto">
        {reply.text !== ''
          ? plainLine(reply.text)
          : attachment === null
            ? text.sticker
            : text.attachment[attachment.kind]}
      </span>
    </button>
  );
}

function QuotedPicture({ thumbnail }: { thumbnail: Uint8Array }) {
  const address = usePhotoAddress(thumbnail);
  return address === null ? null : <img className="quoted-picture" src={address} alt="" draggable={false} />;
}
