import { Dialog } from '../../parts/Dialog.tsx';
import { Problem } from '../../parts/Problem.tsx';
import type { MessageView } from '../../sotto.ts';
import { useOwnAccountId } from '../../state/OwnAccount.tsx';
import { useSotto } from '../../state/SottoContext.tsx';
import { StyledText } from '../../text/StyledText.tsx';
import { words } from '../../words.ts';
import { useLoaded } from './useLoaded.ts';

/** The texts that a message had, the newest first. */
export function VersionsDialog({ message, onClose }: { message: MessageView; onClose: () => void }) {
  const sotto = useSotto();
  const own = useOwnAccountId();
  const text = words.messaging.edit;
  const { conversationId, messageId, editedAtMs } = message;
  const versions = useLoaded(`${messageId} ${editedAtMs}`, () =>
    sotto.readVersions(conversationId, messageId),
  );
  return (
    <Dialog title={text.versions} text={text.versionsText} onClose={onClose}>
      {versions === null && <Problem text={words.problem.unexpected} />}
      {versions === undefined && (
        <p className="hiddenText" role="status">
          {text.loading}
        </p>
      )}
      <ol className="versions">
        {versions?.toReversed().map((version, index) => (
          <li key={version.atMs}>
            <time dateTime={new Date(version.atMs).toISOString()}>
              {index === 0 && `${text.now}, `}
              {words.time.moment(version.atMs)}
            </time>
            <div className="versions-text" dir="auto">
              <StyledText text={version.text} mentions={version.mentions} own={own} />
            </div>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
