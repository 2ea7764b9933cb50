/**
 * WebSockets in the browser. Invariant: `closed` comes as soon as the browser knows that the network is gone; a
 * close handshake with a peer that is no longer there is not waited for.
 */
import { limits } from '@sotto/protocol';
import type { OpenSocket } from '../transport/socket.ts';

/** RFC 6455 §7.1.5: no close frame came. */
const noCloseFrame = 1006;

export const openBrowserSocket: OpenSocket = (url, events) => {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  const listening = new AbortController();
  const { signal } = listening;
  const end = (): void => {
    listening.abort();
    socket.close();
  };
  const lost = (code: number | null): void => {
    end();
    events.closed(code);
  };
  socket.addEventListener('open', () => events.open(), { signal });
  socket.addEventListener('close', ({ code }) => lost(code === noCloseFrame ? null : code), { signal });
  socket.addEventListener(
    'message',
    ({ data }) => {
      if (data instanceof ArrayBuffer && data.byteLength <= limits.serverFrameSizeBytes) {
        events.frame(new Uint8Array(data));
      } else lost(null);
    },
    { signal },
  );
  addEventListener('offline', () => lost(null), { signal });

  return {
    send: (bytes) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(new Uint8Array(bytes));
    },
    close: end,
  };
};
