/** The four lines of a call of two (spec/callMedia.md, "Descriptions"): how they are set up before anything is sent. */
import { mediaLines } from '../../calls/description.ts';
import { preferCodecs } from '../callMedia/preferCodecs.ts';
import type { Slots } from '../callMedia/slots.ts';
import { knownScreenCodecs } from './screenCodecs.ts';

/** Asks for the four lines, before the offer. All of them go both ways from the start, so that nothing has to be asked again. */
export function addSlots(connection: RTCPeerConnection): Slots<RTCRtpTransceiver> {
  const streams = [new MediaStream(), new MediaStream()] as const;
  return nameSlots(
    mediaLines.map((kind, at) =>
      connection.addTransceiver(kind, { direction: 'sendrecv', streams: [streamOf(streams, at)] }),
    ),
  );
}

/** Takes the four lines of an offer that was set, before the answer. */
export function takeSlots(connection: RTCPeerConnection): Slots<RTCRtpTransceiver> {
  const streams = [new MediaStream(), new MediaStream()] as const;
  const transceivers = connection.getTransceivers();
  for (const [at, transceiver] of transceivers.entries()) {
    transceiver.direction = 'sendrecv';
    transceiver.sender.setStreams(streamOf(streams, at));
  }
  return nameSlots(transceivers);
}

/** Voice and camera are one stream and played in step; so are the screen and its sound. */
function streamOf(streams: readonly [MediaStream, MediaStream], at: number): MediaStream {
  return at < 2 ? streams[0] : streams[1];
}

function nameSlots(transceivers: readonly RTCRtpTransceiver[]): Slots<RTCRtpTransceiver> {
  const [microphone, camera, screen, screenSound] = transceivers;
  if (!microphone || !camera || !screen || !screenSound) throw new Error('a call has four lines');
  const slots = { microphone, camera, screen, screenSound };
  for (const transceiver of transceivers)
    preferCodecs(transceiver, transceiver === screen ? knownScreenCodecs() : ['vp8']);
  return slots;
}
