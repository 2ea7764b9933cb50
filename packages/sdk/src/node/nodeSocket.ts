/** WebSockets in Node, by `ws`. That a peer is gone without a word the engine notices (spec/client.md §Connection). */
import { limits } from '@sotto/protocol';
import WebSocket from 'ws';
import type { OpenSocket } from '../transport/socket.ts';

/** RFC 6455 §7.1.5: no close frame came. */
const noCloseFrame = 1006;

export const openNodeSocket: OpenSocket = (url, events) => {
  const socket = new WebSocket(url, {
    maxPayload: limits.serverFrameSizeBytes,
    perMessageDeflate: false,
    followRedirects: false,
  });
  socket.binaryType = 'nodebuffer';

  socket.on('open', () => events.open());
  socket.on('message', (data, isBinary) => {
    if (!isBinary || !(data instanceof Uint8Array)) {
      socket.terminate();
      return;
    }
    // `ws` hands out views of larger buffers; the engine gets bytes of its own.
    events.frame(new Uint8Array(data));
  });
  socket.on('error', () => {});
  socket.on('close', (code) => {
    events.closed(code === noCloseFrame ? null : code);
  });

  return {
    send: (bytes) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
    },
    close: () => {
      if (socket.readyState === WebSocket.OPEN) socket.close(1000);
      else socket.terminate();
    },
  };
};
