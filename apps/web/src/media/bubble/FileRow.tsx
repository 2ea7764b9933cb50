import { useState } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import type { AttachmentProblem, AttachmentRef, AttachmentView, MessageView } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { extensionOf } from '../fileName.ts';
import { MediaIcon, type MediaIconName } from '../MediaIcon.tsx';
import { mediaSentences as say } from '../mediaSentences.ts';
import { saveAttachment } from '../transfer/save.ts';
import { TransferRing, transferText } from './TransferRing.tsx';

interface FileRowProps {
  view: AttachmentView;
  attachment: AttachmentRef;
  message: Pick<MessageView, 'mine'>;
}

/** A file: what it is, how far it is, and to save it. It is never opened here. */
export function FileRow({ view, attachment, message }: FileRowProps) {
  const sotto = useSotto();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<AttachmentProblem['kind'] | null>(null);
  const { transfer, name } = view;
  const moving = 'doneBytes' in transfer ? transfer : null;
  const failed = transfer.kind === 'failed' ? transfer.reason : problem;

  const save = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    const fetched =
      transfer.kind === 'here' ? null : await sotto.fetchAttachment(attachment).catch(() => null);
    if (fetched?.kind === 'problem') setProblem(fetched.problem.kind);
    else setProblem(await saveAttachment(sotto, attachment, view));
    setBusy(false);
  };
  const press = (): void => {
    if (moving !== null) {
      if (moving.paused) sotto.resumeTransfer(attachment);
      else sotto.pauseTransfer(attachment);
    } else if (transfer.kind === 'failed') sotto.resumeTransfer(attachment);
    else if (!busy) save();
  };
  const label =
    moving !== null
      ? `${moving.paused ? say.bubble.resume : say.bubble.pause}: ${name}`
      : transfer.kind === 'failed'
        ? `${say.bubble.retry}: ${name}`
        : say.bubble.download(name);
  const details = `${say.size(view.sizeBytes)} · ${say.bubble.file(extensionOf(name))}`;
  return (
    <div className="fileRow-whole">
      <div className="media-row fileRow">
        <button type="button" className="fileRow-button" aria-label={label} title={label} onClick={press}>
          {moving !== null ? (
            <TransferRing transfer={moving}>
              <MediaIcon name={moving.paused ? 'play' : 'pause'} />
            </TransferRing>
          ) : failed !== null ? (
            <Icon name="refresh" />
          ) : transfer.kind === 'here' || message.mine ? (
            <MediaIcon name={fileIcon(view)} />
          ) : (
            <Icon name="download" />
          )}
        </button>
        <span className="fileRow-words">
          <bdi className="fileRow-name" title={name}>
            {name}
          </bdi>
          <small role={moving === null ? undefined : 'status'}>
            {moving !== null ? transferText(moving) : busy ? say.bubble.saving : details}
          </small>
        </span>
        {(moving !== null || (transfer.kind === 'failed' && message.mine)) && (
          <button
            type="button"
            className="iconButton"
            aria-label={`${say.bubble.cancel}: ${name}`}
            title={say.bubble.cancel}
            onClick={() => sotto.cancelTransfer(attachment)}
          >
            <Icon name="close" />
          </button>
        )}
      </div>
      {failed !== null && (
        <p className="media-problem" role="status">
          {say.problem(failed)}
        </p>
      )}
    </div>
  );
}

const icons: readonly (readonly [MediaIconName, readonly string[]])[] = [
  ['archiveFile', ['zip', 'gz', 'xz', '7z', 'rar', 'tar', 'zst', 'bz2']],
  ['textFile', ['pdf', 'txt', 'md', 'doc', 'docx', 'odt', 'rtf', 'epub', 'log']],
  ['table', ['csv', 'xls', 'xlsx', 'ods', 'tsv']],
  ['image', ['jpg', 'jpeg', 'png', 'gif', 'webp', 'heic', 'svg', 'tif', 'tiff', 'bmp', 'avif']],
  ['film', ['mp4', 'mov', 'mkv', 'webm', 'avi']],
  ['sound', ['mp3', 'ogg', 'opus', 'flac', 'wav', 'm4a']],
];

export function fileIcon({ name }: Pick<AttachmentView, 'name'>): MediaIconName {
  const extension = extensionOf(name);
  return icons.find(([, extensions]) => extensions.includes(extension))?.[0] ?? 'file';
}
