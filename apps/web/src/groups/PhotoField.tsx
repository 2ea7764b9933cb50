import { useEffect, useRef, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { GroupAvatar } from '../parts/GroupAvatar.tsx';
import { Icon } from '../parts/Icon.tsx';
import { Problem } from '../parts/Problem.tsx';
import { words } from '../words.ts';
import { PhotoDialog } from './PhotoDialog.tsx';
import { openPicture } from './shrinkPhoto.ts';

interface PhotoFieldProps {
  id: string;
  name: string;
  photo: Uint8Array;
  onPhoto: (photo: Uint8Array) => void;
}

/** A group's photo, and the ways to another one. */
export function PhotoField({ id, name, photo, onPhoto }: PhotoFieldProps) {
  const { photo: text } = words.groups;
  const input = useRef<HTMLInputElement>(null);
  const [picture, setPicture] = useState<ImageBitmap | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => () => picture?.close(), [picture]);
  const choose = async (file: File | undefined): Promise<void> => {
    setProblem(null);
    if (file === undefined) return;
    const opened = await openPicture(file).catch(() => 'damaged' as const);
    if (typeof opened !== 'string') setPicture(opened);
    else setProblem(opened === 'bomb' ? text.tooLarge : text.unreadable);
  };
  return (
    <div className="groupPhoto">
      <GroupAvatar id={id} name={name} photo={photo} size="large" />
      <div className="groupPhoto-actions">
        <Button onClick={() => input.current?.click()}>
          <Icon name="camera" />
          {photo.length === 0 ? text.add : text.change}
        </Button>
        {photo.length > 0 && (
          <Button look="plain" onClick={() => onPhoto(new Uint8Array())}>
            {text.remove}
          </Button>
        )}
      </div>
      <input
        ref={input}
        type="file"
        hidden
        accept="image/png,image/jpeg,image/webp,image/gif,image/avif"
        aria-label={text.title}
        onChange={({ target }) => {
          void choose(target.files?.[0]);
          // The same file can be chosen again.
          target.value = '';
        }}
      />
      <Problem text={problem} />
      {picture !== null && (
        <PhotoDialog
          picture={picture}
          onClose={() => setPicture(null)}
          onPhoto={(made) => {
            onPhoto(made);
            setPicture(null);
          }}
        />
      )}
    </div>
  );
}
