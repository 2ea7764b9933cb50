/** How a connection of a call stands. */
export type LinkState = 'connecting' | 'connected' | 'interrupted' | 'failed';

export function linkStateOf(state: RTCPeerConnectionState): LinkState {
  switch (state) {
    case 'new':
    case 'connecting':
      return 'connecting';
    case 'connected':
      return 'connected';
    case 'disconnected':
      return 'interrupted';
    case 'failed':
    case 'closed':
      return 'failed';
  }
}
