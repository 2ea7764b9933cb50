/** Makes `track` all there is in a stream. */
export function showTrack(stream: MediaStream, track: MediaStreamTrack | null): void {
  for (const present of stream.getTracks()) if (present !== track) stream.removeTrack(present);
  if (track !== null && stream.getTracks().length === 0) stream.addTrack(track);
}
