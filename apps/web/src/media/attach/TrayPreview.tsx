import { useEffect, useState } from 'react';
import { IconButton } from '../../parts/IconButton.tsx';
import { fileIcon } from '../bubble/FileRow.tsx';
import { extensionOf, safeFileName } from '../fileName.ts';
import { MediaIcon } from '../MediaIcon.tsx';
import { mediaSentences } from '../mediaSentences.ts';
import { useThumbnail } from '../transfer/pictures.ts';
import type { TrayItem } from './useTray.ts';

const say = mediaSentences.tray;
const none = new Uint8Array();

/** One file in the tray, as the others will see it. */
export function TrayPreview({ item, onRemove }: { item: TrayItem; onRemove: () => void }) {
  const { file, preparation } = item;
  const name = safeFileName(file.name);
  const prepared = preparation === null || preparation.kind === 'refused' ? null : preparation.prepared;
  const picture = useThumbnail(prepared?.previews.thumbnail ?? none);
  const whole = usePhoto(prepared?.attachment.kind === 'photo' ? prepared.attachment.source : null);
  const attachment = prepared?.attachment ?? null;
  const address = whole ?? picture;
  return (
    <li
      className="tray-item"
      data-kind={attachment?.kind ?? 'none'}
      data-state={preparation?.kind ?? 'preparing'}
    >
      {address !== null && attachment?.kind !== 'file' ? (
        <img src={address} alt={name} draggable={false} />
      ) : preparation === null ? (
        <span className="placeholder" role="status" aria-label={say.preparing} />
      ) : (
        <span className="tray-file">
          <MediaIcon name={fileIcon({ name })} />
          <bdi>{name}</bdi>
          <small>
            {mediaSentences.size(file.size)} · {mediaSentences.bubble.file(extensionOf(name))}
          </small>
          {preparation.kind === 'fileOnly' && <small>{say.fileOnly[preparation.reason]}</small>}
        </span>
      )}
      {attachment?.kind === 'video' && (
        <span className="photoGrid-length">{mediaSentences.duration(attachment.durationMs)}</span>
      )}
      <IconButton icon="close" label={say.remove(name)} className="tray-remove" onClick={onRemove} />
    </li>
  );
}

/** What was made of it here is a picture, whatever came. */
function usePhoto(source: Blob | null): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (source === null) return;
    const made = URL.createObjectURL(source);
    setAddress(made);
    return () => {
      setAddress(null);
      URL.revokeObjectURL(made);
    };
  }, [source]);
  return address;
}
