import { useEffect, useRef, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Problem } from '../parts/Problem.tsx';
import { type ConversationId, exportEverything } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';

type Progress =
  | { readonly kind: 'asking'; readonly problem: string | null }
  | { readonly kind: 'making'; readonly done: number }
  | { readonly kind: 'done'; readonly address: string };

/** So many bytes at once become a blob, which the browser may keep on the disk. */
const blobSizeBytes = 4 * 1024 * 1024;

interface ExportDialogProps {
  /** In the archive's name. */
  username: string;
  /** Of one chat; left out: of everything. */
  conversation?: { readonly id: ConversationId; readonly title: string };
  onClose: () => void;
}

/** Makes the archive and saves it among the downloads. Closing the dialog stops it. */
export function ExportDialog({ username, conversation, onClose }: ExportDialogProps) {
  const sotto = useSotto();
  const [progress, setProgress] = useState<Progress>({ kind: 'asking', problem: null });
  const [withMedia, setWithMedia] = useState(true);
  const link = useRef<HTMLAnchorElement>(null);
  const making = useRef<AbortController | null>(null);
  const address = progress.kind === 'done' ? progress.address : null;
  useEffect(() => () => making.current?.abort(), []);
  useEffect(() => {
    if (address === null) return;
    link.current?.click();
    return () => URL.revokeObjectURL(address);
  }, [address]);

  const make = async (): Promise<void> => {
    const controller = new AbortController();
    making.current = controller;
    setProgress({ kind: 'making', done: 0 });
    try {
      const onProgress = (done: number): void => setProgress({ kind: 'making', done });
      const choice = { conversationId: conversation?.id ?? null, withMedia };
      const options = { ...choice, onProgress, signal: controller.signal };
      const archive = await collect(exportEverything(sotto, options));
      if (!controller.signal.aborted) setProgress({ kind: 'done', address: URL.createObjectURL(archive) });
    } catch {
      if (!controller.signal.aborted) setProgress({ kind: 'asking', problem: words.exporting.failed });
    }
  };
  const fileName = `sotto-${username}-${new Date().toISOString().slice(0, 10)}.zip`;
  return (
    <Dialog
      title={
        conversation === undefined ? words.exporting.title : words.exporting.titleOne(conversation.title)
      }
      text={conversation === undefined ? words.exporting.text : words.exporting.textOne}
      onClose={onClose}
    >
      <p className="export-warning">{words.exporting.warning}</p>
      {progress.kind === 'asking' && (
        <>
          <label className="export-media">
            <input
              type="checkbox"
              checked={withMedia}
              onChange={(event) => setWithMedia(event.target.checked)}
            />
            <span>
              {words.exporting.withMedia}
              <small>{words.exporting.withMediaText}</small>
            </span>
          </label>
          <Problem text={progress.problem} />
        </>
      )}
      {progress.kind === 'making' && (
        <label className="export-progress">
          {words.exporting.making}
          <progress value={progress.done} />
        </label>
      )}
      <p role="status">{progress.kind === 'done' && words.exporting.done}</p>
      <div className="dialog-actions">
        {progress.kind === 'done' ? (
          <>
            <a ref={link} className="button" href={progress.address} download={fileName}>
              {words.exporting.again}
            </a>
            <Button look="primary" onClick={onClose}>
              {words.common.close}
            </Button>
          </>
        ) : (
          <>
            <Button onClick={onClose}>{words.common.cancel}</Button>
            <Button look="primary" busy={progress.kind === 'making'} onClick={make}>
              {words.exporting.start}
            </Button>
          </>
        )}
      </div>
    </Dialog>
  );
}

async function collect(pieces: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<Blob> {
  const type = 'application/zip';
  const blobs: Blob[] = [];
  let held: Uint8Array<ArrayBuffer>[] = [];
  let sizeBytes = 0;
  for await (const piece of pieces) {
    held.push(piece);
    sizeBytes += piece.length;
    if (sizeBytes < blobSizeBytes) continue;
    blobs.push(new Blob(held));
    held = [];
    sizeBytes = 0;
  }
  return new Blob([...blobs, ...held], { type });
}
