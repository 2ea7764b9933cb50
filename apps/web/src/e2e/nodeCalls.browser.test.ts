/** Calls between somebody in a browser and a device in Node, which sends a tone and a test pattern. */
import { resultOf, until } from '@sotto/sdk';
import type { NodeSotto } from '@sotto/sdk/node';
import { createNodeCalls, type NodeCall, type NodeCalls, type NodeCallsOptions } from '@sotto/sdk/node/calls';
import { afterEach, describe, expect, it } from 'vitest';
import type { Person } from './person.ts';
import { serveProduct } from './serveProduct.ts';

const product = serveProduct(null, [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
]);
const patience = { timeout: 60_000 };
const opened: NodeCalls[] = [];
afterEach(async () => {
  for (const calls of opened.splice(0)) await calls.close();
});

/** Somebody in a browser and one in Node who have written to each other. */
async function pair(name: string): Promise<{ ann: Person; bot: NodeSotto }> {
  const ann = await product.open(`ann${name}`);
  await ann.createAccount();
  const bot = await product.openNode(`bot${name}`);
  await ann.find(`bot${name}`);
  await ann.write('Are you there?');
  const [first] = await until(bot, { kind: 'conversations' }, ([one]) => one?.state === 'ready');
  if (!first) throw new Error('no conversation');
  resultOf(await bot.sendText(first.conversationId, 'I am'));
  await ann.bubble('I am').waitFor();
  await ann.page.evaluate(() => {
    localStorage.setItem('sotto.calls.tried', 'on');
    localStorage.setItem('sotto.calls.lowData', 'on');
  });
  return { ann, bot };
}

function callsOf(bot: NodeSotto, options: NodeCallsOptions = {}): NodeCalls {
  const calls = createNodeCalls(bot, options);
  opened.push(calls);
  return calls;
}

const button = ({ page }: Person, name: string) => page.getByRole('button', { name, exact: true });
const connected = ({ page }: Person) => page.locator('.call-duration').waitFor(patience);

/** Sound and pictures come, all of it opens, and both read the same code. */
async function talks(call: NodeCall, ann: Person): Promise<void> {
  await expect.poll(() => call.state.phase.kind, patience).toBe('connected');
  await expect.poll(() => call.statistics().received.audio.frames, patience).toBeGreaterThan(20);
  await expect.poll(() => call.statistics().received.video.frames, patience).toBeGreaterThan(20);
  await expect.poll(() => call.statistics().pictureSize?.width ?? 0, patience).toBeGreaterThan(0);
  expect(call.statistics().received).toMatchObject({ audio: { failures: 0 }, video: { failures: 0 } });
  const code = await ann.page.locator('.call-code').textContent(patience);
  expect(code?.replace(/\s/g, '')).toBe(call.state.code);
}

/** The bars of the test pattern are on the large picture, at their places. */
async function seesBars({ page }: Person): Promise<void> {
  const film = page.locator('.call-stage > video.callPicture[data-shown="true"]');
  await film.waitFor(patience);
  const bars = (): Promise<string> =>
    film.evaluate((element: HTMLVideoElement) => {
      const canvas = new OffscreenCanvas(60, 34);
      const context = canvas.getContext('2d')!;
      context.drawImage(element, 0, 0, 60, 34);
      // Above the square that goes round.
      const colourAt = (bar: number) => [...context.getImageData(bar * 10 + 5, 3, 1, 1).data.slice(0, 3)];
      return Array.from({ length: 6 }, (_, bar) =>
        colourAt(bar)
          .map((part) => (part > 100 ? 1 : 0))
          .join(''),
      ).join(' ');
    });
  await expect.poll(bars, patience).toBe('100 110 010 011 001 101');
}

describe('a call with a device in Node', () => {
  it('that answers is heard and seen, also after a reload, and ends on both sides', async () => {
    const { ann, bot } = await pair('calls');
    const { promise, resolve } = Promise.withResolvers<NodeCall>();
    callsOf(bot, { answers: () => true }).onCall(resolve);
    await button(ann, 'Start a video call').click();
    const call = await promise;
    await connected(ann);
    await talks(call, ann);
    await seesBars(ann);

    // With a new connection and new keys.
    await ann.page.reload();
    await button(ann, 'Return to the call').click(patience);
    await connected(ann);
    await seesBars(ann);
    const { frames } = call.statistics().received.audio;
    await expect.poll(() => call.statistics().received.audio.frames, patience).toBeGreaterThan(frames + 20);
    await button(ann, 'End the call').click();
    await expect.poll(() => call.state.phase.kind, patience).toBe('ended');
    await ann.page.locator('.callLine', { hasText: /^Video call, \d+:\d\d/ }).waitFor(patience);
  });

  it('that calls is answered', async () => {
    const { ann, bot } = await pair('rings');
    const [first] = await until(bot, { kind: 'conversations' }, ([one]) => one?.state === 'ready');
    if (!first) throw new Error('no conversation');
    const call = resultOf(await callsOf(bot).start(first.conversationId, { video: true }));
    await ann.page.getByRole('alertdialog').waitFor(patience);
    await button(ann, 'Answer with video').click();
    await connected(ann);
    await talks(call, ann);
    await seesBars(ann);
    await call.end();
    await ann.page.locator('.call').waitFor({ state: 'detached', ...patience });
    await ann.page.locator('.callLine', { hasText: /^Video call, \d+:\d\d/ }).waitFor(patience);
  });
});
