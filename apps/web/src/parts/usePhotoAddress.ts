import { useEffect, useState } from 'react';
import { readImageHeader } from '../media/prepare/imageHeader.ts';

/** A group's photo is small: what says that it unfolds to more is not given to the browser. */
const sideLimit = 1024;

/** An address of a group's photo for as long as it is shown; null where there is none, or none that may be opened. */
export function usePhotoAddress(photo: Uint8Array): string | null {
  const [held, setHeld] = useState(() => ({ photo, address: addressOf(photo) }));
  // Each new value of a view has its own copy of the photo.
  if (!isSame(held.photo, photo)) setHeld({ photo, address: addressOf(photo) });
  const { address } = held;
  useEffect(
    () => () => {
      if (address !== null) URL.revokeObjectURL(address);
    },
    [address],
  );
  return address;
}

function addressOf(photo: Uint8Array): string | null {
  if (photo.length === 0) return null;
  const header = readImageHeader(photo);
  if (header === null || header.width > sideLimit || header.height > sideLimit) return null;
  if (!['image/webp', 'image/jpeg', 'image/png'].includes(header.type)) return null;
  return URL.createObjectURL(new Blob([photo as Uint8Array<ArrayBuffer>], { type: header.type }));
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one === other || (one.length === other.length && one.every((byte, at) => byte === other[at]));
}
