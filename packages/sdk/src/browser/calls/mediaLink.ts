/**
 * One connection to the other device: four lines, frame encryption on each of them, and what goes through. It negotiates and
 * sends when it is told to; when, and what is told to the other side, is the session's matter. No track is given to a sender
 * whose frames are not known to be sealed, and nothing that was received is played before its frames are known to be opened.
 */
import type { CallCandidate, CallServer } from '@sotto/client/api';
import { candidateLimit, cleanCandidate } from '../../calls/candidates.ts';
import { cleanDescription, type PictureCodecs } from '../../calls/description.ts';
import { isCertificateOf } from '../callMedia/fingerprint.ts';
import { type LinkState, linkStateOf } from '../callMedia/linkState.ts';
import { createSendingLine, type SendingLine } from '../callMedia/sendingLine.ts';
import { eachSlot, type SlotName, type Slots, slotNames } from '../callMedia/slots.ts';
import { addSlots, takeSlots } from './callLines.ts';
import { type FrameWorker, frameConfiguration } from './frames/frameWorker.ts';
import { createGathering, type Gathering } from './gathering.ts';
import { createScreenCodecs, knownScreenCodecs } from './screenCodecs.ts';
import type { SendLimit } from './sendLimits.ts';

export interface LinkOptions {
  readonly servers: readonly CallServer[];
  readonly isRelayOnly: boolean;
  /** The same for all links of a join, because its fingerprint is what was signed. */
  readonly certificate: RTCCertificate;
  readonly frames: Pick<FrameWorker, 'secure' | 'tellCodecs'>;
}

export interface LinkEvents {
  stateChanged(state: LinkState): void;
  /** More addresses of this side, for the other one. */
  gathered(candidates: readonly CallCandidate[]): void;
  /** Sound and pictures of the other side may be played: once, and frame by frame as keys are there. */
  receiving(tracks: Slots<MediaStreamTrack>): void;
  /** `otherCertificate`: not who the description says. `unprotected`: frames cannot be sealed here. */
  failed(reason: 'otherCertificate' | 'unprotected'): void;
}

/** `refused`: it is not what calls are made of, or the browser did not take it. */
type Taken = { readonly kind: 'ok' } | { readonly kind: 'refused' };
export type Described = { readonly kind: 'ok'; readonly sdp: string } | { readonly kind: 'refused' };

export interface MediaLink {
  readonly state: LinkState;
  /** A first offer, or one that starts ICE anew (after `renew`). */
  offer(): Promise<Described>;
  answer(offer: string): Promise<Described>;
  takeAnswer(answer: string): Promise<Taken>;
  /** The description was told to the other side; what is gathered later follows. */
  release(sdp: string): void;
  /** Whether an offer of this side is without an answer. */
  readonly isOffering: boolean;
  /** Whether the other side has ever described itself. */
  readonly hasRemote: boolean;
  addCandidates(candidates: readonly CallCandidate[]): Promise<void>;
  /** Other servers, and other addresses with the next offer. */
  renew(servers: readonly CallServer[]): void;
  send(slot: SlotName, track: MediaStreamTrack | null): void;
  limit(slot: SlotName, limit: SendLimit): void;
  readonly transceivers: Slots<RTCRtpTransceiver> | null;
  statistics(): Promise<RTCStatsReport>;
  close(): void;
}

const setupForm = /a=setup:(\w+)/;

export function createMediaLink(options: LinkOptions, events: LinkEvents): MediaLink {
  const { frames, isRelayOnly } = options;
  const connection = new RTCPeerConnection({
    ...configurationOf(options.servers, isRelayOnly),
    certificates: [options.certificate],
  });
  const wanted = eachSlot<{ track: MediaStreamTrack | null; limit: SendLimit | null }>(() => ({
    track: null,
    limit: null,
  }));
  let sending: Slots<SendingLine> | null = null;
  let slots: Slots<RTCRtpTransceiver> | null = null;
  let gathering: Gathering | null = null;
  const screen = createScreenCodecs(frames);
  let localScreen: PictureCodecs = new Map();
  let remoteScreen: PictureCodecs = new Map();
  let remoteFingerprint: string | null = null;
  /** Who began DTLS, as the other side's descriptions say it (`active`, `passive`): settled by the first answer. */
  let remoteSetup: string | null = null;
  let remoteCandidates = 0;
  let early: CallCandidate[] = [];
  let state: LinkState = 'connecting';
  let isVerified = false;
  let isClosed = false;

  connection.addEventListener('connectionstatechange', () => void connectionChanged());

  async function connectionChanged(): Promise<void> {
    const next = linkStateOf(connection.connectionState);
    const transport = slots?.microphone.sender.transport ?? null;
    if (next === 'connected' && !isVerified) {
      const isSame = await isCertificateOf(transport, remoteFingerprint ?? '');
      if (isClosed) return;
      if (isSame === false) return events.failed('otherCertificate');
      isVerified = true;
    }
    // No way between the two is found again; a certificate that is not the signed one stays so.
    if (next === 'failed' && transport?.state === 'failed') return events.failed('otherCertificate');
    // It may say so only after the connection has.
    if (next === 'failed')
      transport?.addEventListener('statechange', () => void connectionChanged(), { once: true });
    const current =
      isVerified || next !== 'connected' ? linkStateOf(connection.connectionState) : 'connecting';
    if (isClosed || current === state) return;
    state = current;
    events.stateChanged(state);
  }

  function protect(transceivers: Slots<RTCRtpTransceiver>): void {
    slots = transceivers;
    const lines = eachSlot((name) => createSendingLine(transceivers[name].sender));
    sending = lines;
    for (const name of slotNames) {
      lines[name].send(wanted[name].track);
      limit(name);
    }
    const failed = (): void => {
      if (!isClosed) events.failed('unprotected');
    };
    const receivers = slotNames.map((name) => {
      const { sender, receiver } = transceivers[name];
      const kind = receiver.track.kind as 'audio' | 'video';
      const codec = kind === 'audio' ? 'opus' : name === 'camera' ? 'vp8' : null;
      frames.secure(sender, kind, codec).then((id) => {
        if (name === 'screen') screen.secured('seals', id);
        lines[name].protected();
      }, failed);
      return frames.secure(receiver, kind, codec).then((id) => {
        if (name === 'screen') screen.secured('opens', id);
      });
    });
    Promise.all(receivers).then(() => {
      if (!isClosed) events.receiving(eachSlot((name) => transceivers[name].receiver.track));
    }, failed);
  }

  function limit(name: SlotName): void {
    const { limit: its } = wanted[name];
    if (its === null) return;
    const { encoding, ...more } = its;
    sending?.[name].limit({ encodings: [encoding], ...more });
  }

  async function describe(): Promise<Described> {
    gathering?.close();
    gathering = createGathering(connection, { relayOnly: isRelayOnly }, events.gathered);
    await connection.setLocalDescription();
    await gathering.wait();
    const cleaned = cleanDescription(connection.localDescription?.sdp ?? '', { relayOnly: isRelayOnly });
    if (cleaned.kind === 'refused') return { kind: 'refused' };
    localScreen = cleaned.screenCodecs;
    return { kind: 'ok', sdp: cleaned.sdp };
  }

  /** Checked before the browser sees it. */
  async function setRemote(type: 'offer' | 'answer', text: string): Promise<Taken> {
    const cleaned = cleanDescription(text, { relayOnly: false }, knownScreenCodecs());
    if (cleaned.kind === 'refused') return { kind: 'refused' };
    // Another key in mid-connection would be another device.
    if (remoteFingerprint !== null && remoteFingerprint !== cleaned.fingerprint) return { kind: 'refused' };
    remoteFingerprint = cleaned.fingerprint;
    remoteCandidates = cleaned.candidates;
    remoteScreen = cleaned.screenCodecs;
    if (type === 'answer') screen.agreed(localScreen, remoteScreen);
    try {
      await connection.setRemoteDescription({
        type,
        sdp: type === 'answer' ? settle(cleaned.sdp) : cleaned.sdp,
      });
    } catch {
      return { kind: 'refused' };
    }
    const waiting = early;
    early = [];
    await addCandidates(waiting);
    return { kind: 'ok' };
  }

  /** Firefox answers `active` to every offer, also where it has been passive; Chromium does not take another role in mid-call. */
  function settle(answer: string): string {
    remoteSetup ??= setupForm.exec(answer)?.[1] ?? null;
    return answer.replaceAll(new RegExp(setupForm, 'g'), `a=setup:${remoteSetup}`);
  }

  async function addCandidates(candidates: readonly CallCandidate[]): Promise<void> {
    if (connection.remoteDescription === null) {
      early = [...early, ...candidates].slice(0, candidateLimit);
      return;
    }
    for (const { candidate } of candidates) {
      const cleaned = cleanCandidate(candidate, { relayOnly: false });
      if (cleaned === null || ++remoteCandidates > candidateLimit) continue;
      // All lines are on the transport of the first. One of an ICE start that is over is refused by the browser.
      await connection.addIceCandidate({ candidate: cleaned, sdpMLineIndex: 0 }).catch(() => {});
    }
  }

  return {
    get state() {
      return state;
    },
    get isOffering() {
      return connection.signalingState === 'have-local-offer';
    },
    get hasRemote() {
      return connection.remoteDescription !== null;
    },
    get transceivers() {
      return slots;
    },
    async offer() {
      if (slots === null) protect(addSlots(connection));
      return describe();
    },
    async answer(offer) {
      const taken = await setRemote('offer', offer);
      if (taken.kind === 'refused') return taken;
      if (slots === null) protect(takeSlots(connection));
      // An answer has the numbers of its offer.
      screen.agreed(remoteScreen, remoteScreen);
      const described = await describe();
      if (described.kind === 'ok')
        remoteSetup ??= setupForm.exec(described.sdp)?.[1] === 'active' ? 'passive' : 'active';
      for (const name of slotNames) void sending?.[name].settleLimit();
      return described;
    },
    async takeAnswer(answer) {
      if (connection.signalingState !== 'have-local-offer') return { kind: 'ok' };
      const taken = await setRemote('answer', answer);
      if (taken.kind === 'ok') for (const name of slotNames) void sending?.[name].settleLimit();
      return taken;
    },
    release: (sdp) => gathering?.release(sdp),
    addCandidates,
    renew(servers) {
      connection.setConfiguration({
        ...configurationOf(servers, isRelayOnly),
        certificates: [options.certificate],
      });
      connection.restartIce();
    },
    send(slot, track) {
      wanted[slot].track = track;
      sending?.[slot].send(track);
    },
    limit(slot, next) {
      wanted[slot].limit = next;
      limit(slot);
    },
    statistics: () => connection.getStats(),
    close() {
      isClosed = true;
      for (const name of slotNames) sending?.[name].close();
      gathering?.close();
      connection.close();
    },
  };
}

function configurationOf(servers: readonly CallServer[], isRelayOnly: boolean): RTCConfiguration {
  return {
    // Without it Chromium sends what it was not told in time to seal.
    ...frameConfiguration,
    iceServers: servers.map(({ urls, username, credential }) => ({
      urls: [...urls],
      ...(username === '' ? {} : { username, credential }),
    })),
    iceTransportPolicy: isRelayOnly ? 'relay' : 'all',
    bundlePolicy: 'max-bundle',
    rtcpMuxPolicy: 'require',
  };
}
