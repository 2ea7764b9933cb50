/**
 * Writes the test pattern of calls in Node (`packages/sdk/src/node/calls/testPattern.ivf`): a loop of two seconds in VP8 whose
 * first frame is its only key frame, encoded once by an installed Chromium. Run it only to change the pattern.
 *
 *     node tools/writeTestPattern.ts [path of Chromium]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const target = 'packages/sdk/src/node/calls/testPattern.ivf';
const [chromium = 'chromium'] = process.argv.slice(2);

const { promise: frames, resolve } = Promise.withResolvers<string[]>();
const server = createServer((request, response) => {
  if (request.method === 'POST') text(request).then((body) => resolve(body.split(' ')));
  response.setHeader('content-type', 'text/html');
  response.end(`<!doctype html><script type="module">(${encodePattern})();</script>`);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const folder = mkdtempSync(join(tmpdir(), 'test-pattern-'));
const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder}`];
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const browser = spawn(chromium, [...flags, address], { stdio: 'ignore' });
const bytes = ivf((await frames).map((frame) => Buffer.from(frame, 'base64')));
browser.kill();
await once(browser, 'exit');
rmSync(folder, { recursive: true, force: true });
writeFileSync(target, bytes);
console.log(`${target}: ${bytes.length} bytes`);
process.exit(0);

/** Runs in the page: bars of colour, and a white square that goes round once. Posts the frames, in base64. */
async function encodePattern(): Promise<void> {
  const [width, height, framesPerSecond, frameCount] = [320, 180, 15, 30];
  const frames: string[] = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      frames.push(bytes.toBase64());
    },
    error: reportError,
  });
  encoder.configure({ codec: 'vp8', width, height, bitrate: 120_000, framerate: framesPerSecond });
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) return;
  for (let index = 0; index < frameCount; index++) {
    for (const [bar, colour] of ['#c00', '#cc0', '#0c0', '#0cc', '#00c', '#c0c'].entries()) {
      context.fillStyle = colour;
      context.fillRect(Math.floor((bar * width) / 6), 0, Math.ceil(width / 6), height);
    }
    const turn = (index / frameCount) * 2 * Math.PI;
    context.fillStyle = '#fff';
    context.fillRect(width / 2 + 100 * Math.cos(turn) - 16, height / 2 + 50 * Math.sin(turn) - 16, 32, 32);
    const frame = new VideoFrame(canvas, { timestamp: (index * 1_000_000) / framesPerSecond });
    encoder.encode(frame, { keyFrame: index === 0 });
    frame.close();
  }
  await encoder.flush();
  await fetch('/', { method: 'POST', body: frames.join(' ') });
}

/** The IVF container: a header of 32 bytes, then each frame after its length and its number. */
function ivf(frames: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(32);
  header.write('DKIF', 0, 'latin1');
  header.writeUInt16LE(32, 6);
  header.write('VP80', 8, 'latin1');
  header.writeUInt16LE(320, 12);
  header.writeUInt16LE(180, 14);
  header.writeUInt32LE(15, 16);
  header.writeUInt32LE(1, 20);
  header.writeUInt32LE(frames.length, 24);
  const parts = frames.flatMap((frame, index) => {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(frame.length, 0);
    head.writeBigUInt64LE(BigInt(index), 4);
    return [head, frame];
  });
  return Buffer.concat([header, ...parts]);
}
