/** For the benchmark: calls between two devices in this process, through a server, and the same without anybody in between. */
import { join } from 'node:path';
import type { ConversationId } from '@sotto/protocol';
import { createMediaPeer, type MediaPeer } from '../node/calls/mediaPeer.ts';
import type { NodeCall } from '../node/calls/nodeCall.ts';
import { createNodeCalls, type NodeCalls } from '../node/calls/nodeCalls.ts';
import { type NodeSotto, openSotto } from '../node/openSotto.ts';
import { resultOf } from '../resultOf.ts';
import { until } from '../until.ts';

const password = 'ample copper window quilt river';
const lookMs = 2;
const patienceMs = 60_000;

export interface CallingPair {
  /** Rings, is answered by itself, and both have heard the other. */
  call(choice?: { readonly video: boolean }): Promise<readonly NodeCall[]>;
  close(): Promise<void>;
}

/** Two accounts in `folder` that know each other. */
export async function openCallingPair(server: string, folder: string): Promise<CallingPair> {
  const people = [await register(server, folder, 'anna'), await register(server, folder, 'ben')] as const;
  const [anna, ben] = people;
  const { accountId } = resultOf(await anna.findAccount('ben'));
  const withBen = resultOf(await anna.openDirectConversation(accountId));
  await until(anna, { kind: 'conversations' }, ([first]) => first?.state === 'ready');
  await write(anna, withBen);
  const [withAnna] = await until(ben, { kind: 'conversations' }, ([first]) => first?.state === 'ready');
  if (withAnna) await write(ben, withAnna.conversationId);
  const [calling, answering]: [NodeCalls, NodeCalls] = [
    createNodeCalls(anna),
    createNodeCalls(ben, { answers: () => true }),
  ];
  return {
    async call(choice = { video: false }) {
      const answered = Promise.withResolvers<NodeCall>();
      const stop = answering.onCall(answered.resolve);
      const both = [resultOf(await calling.start(withBen, choice)), await answered.promise];
      stop();
      await comes(() => both.every((one) => one.statistics().received.audio.frames > 0));
      return both;
    },
    async close() {
      for (const calls of [calling, answering]) await calls.close();
      for (const person of people) await person.close();
    },
  };
}

async function register(server: string, folder: string, username: string): Promise<NodeSotto> {
  const sotto = await openSotto({ server, dataFolder: join(folder, username) });
  resultOf(await sotto.register({ username, password }));
  await until(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
  return sotto;
}

async function write(sotto: NodeSotto, conversationId: ConversationId): Promise<void> {
  resultOf(await sotto.sendText(conversationId, 'Hello'));
}

/** Milliseconds until two peer connections that give their descriptions to each other have brought sound both ways. */
export async function connectBare(): Promise<number> {
  const startMs = performance.now();
  let heard = 0;
  const sides: MediaPeer[] = [];
  for (let side = 0; side < 2; side++) {
    let hasHeard = false;
    const peer = await createMediaPeer({
      servers: [],
      isRelayOnly: false,
      seal: (_, frame) => frame,
      open: () => {
        if (!hasHeard) heard++;
        hasHeard = true;
        return 'whole';
      },
      onState: () => {},
      onPictureRequest: () => {},
    });
    sides.push(peer);
  }
  const [caller, answerer] = sides;
  const answer = await answerer?.acceptOffer((await caller?.createOffer()) ?? '');
  await caller?.acceptAnswer(answer ?? '');
  const sound = Uint8Array.of(0x78, 1, 2, 3);
  let sentMs = 0;
  const timer = setInterval(() => {
    sentMs += 20;
    for (const side of sides) side.send('audio', sound, sentMs);
  }, 20);
  await comes(() => heard === 2);
  const durationMs = performance.now() - startMs;
  clearInterval(timer);
  for (const side of sides) await side.close();
  return durationMs;
}

/** Waits for it, looking often. */
async function comes(condition: () => boolean): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > untilMs) throw new Error('It did not come.');
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}
