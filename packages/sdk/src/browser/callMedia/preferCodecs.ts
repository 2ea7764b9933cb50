import type { PictureCodec } from '../../calls/description.ts';

/** Opus, and of pictures these, the first of them first, and what repairs lost packets: frames of others are sealed in other shapes. */
export function preferCodecs(
  transceiver: RTCRtpTransceiver,
  pictures: readonly PictureCodec[] = ['vp8'],
): void {
  const kind = transceiver.receiver.track.kind as 'audio' | 'video';
  const names = kind === 'audio' ? ['opus'] : [...pictures, 'rtx'];
  const known = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  transceiver.setCodecPreferences(names.flatMap((name) => known.filter((codec) => isCodec(codec, name))));
}

/** Whether this browser can both send and show pictures of this codec. */
export function hasCodec(name: PictureCodec): boolean {
  return [RTCRtpSender, RTCRtpReceiver].every((end) =>
    end.getCapabilities('video')?.codecs.some((codec) => isCodec(codec, name)),
  );
}

/** Of VP9 profile 0, which it is where none is named (RFC 9628 §6.1). */
function isCodec({ mimeType, sdpFmtpLine = '' }: RTCRtpCodec, name: string): boolean {
  if (mimeType.split('/')[1]?.toLowerCase() !== name) return false;
  return name !== 'vp9' || !/(?:^|;)\s*profile-id=(?!0(?:;|$))/.test(sdpFmtpLine);
}
