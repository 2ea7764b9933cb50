/**
 * This side's candidates on their way out (spec/callMedia.md, "Candidates"): the first go with the description, which waits for
 * them a moment, the others in at most three batches, because each is a message of the conversation.
 */
import type { CallCandidate } from '@sotto/client/api';
import { type CandidateRule, candidateLimit, cleanCandidate } from '../../calls/candidates.ts';

const firstWaitMs = 250;
/** After the description went out. The last batch does not wait if gathering is over. */
const batchesAfterMs = [400, 2_000, 8_000];
const batchLimit = 16;

export interface Gathering {
  /** Resolves once everything is gathered, or after 250 ms. */
  wait(): Promise<void>;
  /** The description that contains these candidates has gone out; what is gathered from now on goes in batches. */
  release(sdp: string): void;
  /** Nothing goes out any more, as another one begins or the call is over. */
  close(): void;
}

export function createGathering(
  connection: RTCPeerConnection,
  rule: CandidateRule,
  send: (candidates: readonly CallCandidate[]) => void,
): Gathering {
  const waiting = new Map<string, CallCandidate>();
  const sent = new Set<string>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let batches = 0;
  let isReleased = false;

  const flush = (): void => {
    const batch = [...waiting].filter(([key]) => !sent.has(key)).slice(0, batchLimit);
    waiting.clear();
    if (batch.length === 0 || batches === batchesAfterMs.length || sent.size > candidateLimit) return;
    batches++;
    for (const [key] of batch) sent.add(key);
    send(batch.map(([, candidate]) => candidate));
  };
  const gathered = ({ candidate }: RTCPeerConnectionIceEvent): void => {
    if (candidate === null) {
      if (isReleased) flush();
      return;
    }
    const cleaned = cleanCandidate(candidate.candidate, rule);
    if (cleaned === null) return;
    const { sdpMid, sdpMLineIndex } = candidate;
    waiting.set(keyOf(cleaned), { candidate: cleaned, sdpMid, sdpMLineIndex });
  };
  connection.addEventListener('icecandidate', gathered);
  return {
    wait: () =>
      new Promise((resolve) => {
        const settle = (): void => {
          if (connection.iceGatheringState !== 'complete') return;
          done();
        };
        const done = (): void => {
          connection.removeEventListener('icegatheringstatechange', settle);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(done, firstWaitMs);
        connection.addEventListener('icegatheringstatechange', settle);
        settle();
      }),
    release(sdp) {
      isReleased = true;
      for (const [line] of sdp.matchAll(/^a=candidate:.*$/gm))
        sent.add(keyOf(line.slice('a='.length).trim()));
      for (const afterMs of batchesAfterMs) timers.add(setTimeout(flush, afterMs));
      if (connection.iceGatheringState === 'complete') flush();
    },
    close() {
      connection.removeEventListener('icecandidate', gathered);
      for (const timer of timers) clearTimeout(timer);
      waiting.clear();
    },
  };
}

/** In a description candidates do not say which start of ICE they belong to. */
function keyOf(candidate: string): string {
  return candidate.replace(/ ufrag \S+$/, '');
}
