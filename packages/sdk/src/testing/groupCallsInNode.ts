/**
 * For the benchmark: a call of a group whose devices are in this process, through a server. They take seats and get keys as
 * pages do, but connect to no relay, so each call has to be over before its seats are lost.
 */
import { join } from 'node:path';
import type { GroupCallSignals } from '@sotto/client/api';
import type { CallId, ConversationId } from '@sotto/protocol';
import { idToBytes } from '@sotto/protocol';
import { FrameKeyBox } from '../browser/calls/frames/frameKeyBox.ts';
import { decodeFrameKey } from '../calls/frameKey.ts';
import { type NodeSotto, openSotto } from '../node/openSotto.ts';
import { resultOf } from '../resultOf.ts';
import { until } from '../until.ts';

const password = 'ample copper window quilt river';
const media = { isMuted: false, hasCamera: false, isSharing: false, isHandRaised: false, isAudience: false };

export interface GroupOfDevices {
  /** All are in a call, and one leaves: milliseconds until all others seal with keys that it does not have. */
  leaveToNewKeys(): Promise<number>;
  close(): Promise<void>;
}

/** `count` accounts in `folder`, in one group. */
export async function openGroupOfDevices(
  server: string,
  folder: string,
  count: number,
): Promise<GroupOfDevices> {
  const people: NodeSotto[] = [];
  for (let at = 0; at < count; at++) people.push(await register(server, folder, `person${at}`));
  const [owner, ...others] = people as [NodeSotto, ...NodeSotto[]];
  const memberIds = [];
  for (let at = 1; at < count; at++)
    memberIds.push(resultOf(await owner.findAccount(`person${at}`)).accountId);
  const details = { name: 'Everybody', photo: new Uint8Array(), description: '', sharesHistory: false };
  const group = resultOf(await owner.createGroup({ ...details, memberIds }));
  for (const each of people)
    await until(each, { kind: 'conversations' }, ([first]) => first?.state === 'ready');
  return {
    leaveToNewKeys: () => leaveToNewKeys(owner, others, group),
    close: async () => {
      for (const each of people) await each.close();
    },
  };
}

async function register(server: string, folder: string, username: string): Promise<NodeSotto> {
  const sotto = await openSotto({ server, dataFolder: join(folder, username) });
  resultOf(await sotto.register({ username, password }));
  await until(sotto, { kind: 'connection' }, ({ kind }) => kind === 'online');
  return sotto;
}

async function leaveToNewKeys(
  owner: NodeSotto,
  others: readonly NodeSotto[],
  conversationId: ConversationId,
): Promise<number> {
  const start = { conversationId, hasVideo: false, rings: false };
  const { callId } = resultOf(await owner.startGroupCall(start));
  const leaver = others.at(-1)!;
  const devices: JoinedDevice[] = [];
  for (const sotto of [owner, ...others]) {
    await until(sotto, { kind: 'groupCalls' }, (calls) => calls.some((call) => call.callId === callId));
    devices.push(await joinCall(sotto, callId));
  }
  for (const { sotto } of devices) {
    await until(
      sotto,
      { kind: 'groupCallSignals', callId },
      ({ participants }) =>
        participants.length === devices.length && participants.every((each) => each.hasKeys),
    );
  }
  for (const device of devices) await device.hasKeys;
  const staying = devices.filter(({ sotto }) => sotto !== leaver);
  const renewed = staying.map((device) => device.nextGeneration());
  const startMs = performance.now();
  await leaver.leaveGroupCall(callId);
  const inUseAtMs = await Promise.all(renewed);
  resultOf(await owner.controlGroupCall(callId, { kind: 'endForAll' }));
  for (const { sotto } of staying)
    await until(sotto, { kind: 'groupCallSignals', callId }, ({ ended }) => ended !== null);
  for (const device of devices) device.stop();
  return Math.max(...inUseAtMs) - startMs;
}

interface JoinedDevice {
  readonly sotto: NodeSotto;
  /** Resolves with the first ones. */
  readonly hasKeys: Promise<void>;
  /** When it seals with keys of a later generation than now, by `performance.now`. */
  nextGeneration(): Promise<number>;
  stop(): void;
}

async function joinCall(sotto: NodeSotto, callId: CallId): Promise<JoinedDevice> {
  const box = await FrameKeyBox.create();
  if (box === null) throw new Error('There is no X25519 here');
  let generation = -1;
  let taken = 0;
  const first = Promise.withResolvers<void>();
  let told: ((atMs: number) => void) | null = null;
  let reading = Promise.resolve();
  const read = async ({ frameKeys }: GroupCallSignals) => {
    for (const sealed of frameKeys.slice(taken)) {
      taken += 1;
      const bytes = await box.open(idToBytes(callId), sealed);
      const key = bytes === null ? null : decodeFrameKey(bytes);
      if (key?.kind !== 'base' || key.generation <= generation) continue;
      generation = key.generation;
      first.resolve();
      told?.(performance.now() + key.delayMs);
    }
  };
  const stop = sotto.watch({ kind: 'groupCallSignals', callId }, (signals) => {
    reading = reading.then(() => read(signals));
  });
  resultOf(await sotto.joinGroupCall({ callId, frameKey: box.publicKey, media }));
  return {
    sotto,
    hasKeys: first.promise,
    nextGeneration: () =>
      new Promise((resolve) => {
        told = resolve;
      }),
    stop,
  };
}
