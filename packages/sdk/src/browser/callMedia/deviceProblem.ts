import type { DeviceProblemKind } from './mediaTypes.ts';

/** What an error of `getUserMedia`, `getDisplayMedia` or `setSinkId` comes to. */
export function deviceProblemOf(error: unknown): DeviceProblemKind {
  const name = error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'permissionDenied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'noDevice';
    case 'NotReadableError':
    case 'AbortError':
      return 'inUse';
    default:
      return 'unavailable';
  }
}
