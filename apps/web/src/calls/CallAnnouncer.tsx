import type { CallState } from '@sotto/sdk/calls';
import { callWords } from '../wordsCalls.ts';

const { told, outgoing, page, quality, video } = callWords;

/** What changes in a call, for who does not see it: each line is told when it changes. */
export function CallAnnouncer({ state, name }: { state: CallState; name: string }) {
  const { phase, local, remote, videoRequest } = state;
  const isConnected = phase.kind === 'connected';
  return (
    <div className="hiddenText">
      <p role="status">{phaseSentence(phase.kind)}</p>
      <p role="status">{local.isMuted ? told.muted : isConnected ? told.unmuted : ''}</p>
      <p role="status">
        {local.camera === 'on' ? told.cameraOn : local.camera === 'off' && isConnected ? told.cameraOff : ''}
      </p>
      <p role="status">{isConnected && remote.isMuted ? page.mutedBadge(name) : ''}</p>
      <p role="status">{isConnected && remote.isSharing ? page.sharingOther(name) : ''}</p>
      <p role="status">{isConnected && state.quality.step === 'poor' ? quality.poor : ''}</p>
      <p role="status">{videoRequest === 'asked' ? video.asked(name) : ''}</p>
    </div>
  );
}

function phaseSentence(kind: CallState['phase']['kind']): string {
  switch (kind) {
    case 'preparing':
      return outgoing.preparing;
    case 'ringing':
      return outgoing.ringing;
    case 'connecting':
      return page.connecting;
    case 'connected':
      return told.connected;
    case 'reconnecting':
      return page.reconnecting;
    case 'ended':
      return '';
  }
}
