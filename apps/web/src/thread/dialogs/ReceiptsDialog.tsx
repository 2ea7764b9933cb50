import { Avatar } from '../../parts/Avatar.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Problem } from '../../parts/Problem.tsx';
import type { MemberReceiptView, MessageView } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { words } from '../../words.ts';
import { useLoaded } from './useLoaded.ts';

/** Who has read one's own message, who has it, and when. */
export function ReceiptsDialog({ message, onClose }: { message: MessageView; onClose: () => void }) {
  const sotto = useSotto();
  const text = words.messaging.info;
  const { conversationId, messageId } = message;
  const receipts = useLoaded(messageId, () => sotto.readReceipts(conversationId, messageId));
  const read = receipts?.filter(({ isRead }) => isRead) ?? [];
  const delivered = receipts?.filter(({ isRead, isDelivered }) => !isRead && isDelivered) ?? [];
  const pending = receipts?.filter(({ isRead, isDelivered }) => !isRead && !isDelivered) ?? [];
  return (
    <Dialog title={text.title} text={text.sent(words.time.moment(message.sentAtMs))} onClose={onClose}>
      {receipts === null && <Problem text={words.problem.unexpected} />}
      {receipts === undefined && (
        <p className="hiddenText" role="status">
          {text.loading}
        </p>
      )}
      {receipts?.length === 0 && <p className="dialog-text">{text.none}</p>}
      <div className="receipts">
        <Part title={text.read(read.length)} receipts={read} />
        <Part title={text.delivered(delivered.length)} receipts={delivered} />
        <Part title={text.pending(pending.length)} receipts={pending} />
      </div>
      {delivered.length > 0 && <p className="dialog-text receipts-note">{text.hidden}</p>}
    </Dialog>
  );
}

function Part({ title, receipts }: { title: string; receipts: readonly MemberReceiptView[] }) {
  if (receipts.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {receipts.map(({ account, isRead, readAtMs, deliveredAtMs }) => {
          const atMs = isRead ? readAtMs : deliveredAtMs;
          return (
            <li key={account.accountId} className="personRow">
              <Avatar account={account} size="small" />
              <bdi className="personRow-name">{account.username}</bdi>
              {atMs !== null && (
                <time dateTime={new Date(atMs).toISOString()} title={words.time.moment(atMs)}>
                  {words.time.since(atMs, Date.now())}
                </time>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
