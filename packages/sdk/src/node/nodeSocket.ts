/** WebSockets in Node, by `ws`. A peer that answers no ping is taken for gone: TCP alone notices after many minutes. */
import { limits } from '@sotto/protocol';
import WebSocket from 'ws';
import type { OpenSocket } from '../transport/socket.ts';

const pingIntervalMs = 20_000;
/** RFC 6455 §7.1.5: no close frame came. */
const noCloseFrame = 1006;

export const openNodeSocket: OpenSocket = (url, events) => {
  const socket = new WebSocket(url, {
    maxPayload: limits.serverFrameSizeBytes,
    perMessageDeflate: false,
    followRedirects: false,
  });
  socket.binaryType = 'nodebuffer';
  let heard = true;
  const timer = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (!heard) {
      socket.terminate();
      return;
    }
    heard = false;
    socket.ping();
  }, pingIntervalMs);
  timer.unref();

  socket.on('open', () => events.open());
  socket.on('pong', () => {
    heard = true;
  });
  socket.on('message', (data, isBinary) => {
    heard = true;
    if (!isBinary || !(data instanceof Uint8Array)) {
      socket.terminate();
      return;
    }
    // `ws` hands out views of larger buffers; the engine gets bytes of its own.
    events.frame(new Uint8Array(data));
  });
  socket.on('error', () => {});
  socket.on('close', (code) => {
    clearInterval(timer);
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
