import { FrameWorker } from '../calls/frames/frameWorker.ts';

/** What belongs to one join of a call, and ends with it. */
export interface JoinSecrets {
  readonly worker: FrameWorker;
  readonly certificate: RTCCertificate;
}

const certificateKey: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' };

/** Null where this browser cannot call, or the worker's script did not come. */
export async function createJoinSecrets(): Promise<JoinSecrets | null> {
  const starting = FrameWorker.start();
  const certificate = await RTCPeerConnection.generateCertificate(certificateKey).catch(() => null);
  const started = await starting;
  if (started.kind === 'problem') return null;
  if (certificate !== null) return { worker: started.value, certificate };
  started.value.close();
  return null;
}
