/** The process of the synthetic participants, apart from what it measures: see `startLoad`. */
import { setTimeout as wait } from 'node:timers/promises';
import type { LoadAnswer, LoadCommands, LoadMeasure, LoadRequest } from './loadMessages.ts';
import { createPeerCertificate, type PeerCertificate } from './loadPeer.ts';
import { type LoadTally, Participant } from './participant.ts';

const tickEveryMs = 2;
const participants: (Participant | undefined)[] = [];
let certificate: Promise<PeerCertificate> | undefined;
const tally: LoadTally = {
  sentPackets: 0,
  receivedPackets: 0,
  repairedPackets: 0,
  keyFrameRequests: 0,
  delaysMs: [],
};

const commands: LoadCommands = {
  open: async ({ count, ...options }) => {
    certificate ??= createPeerCertificate();
    const opened = [];
    for (let i = 0; i < count; i++) opened.push(await Participant.open(await certificate, options, tally));
    participants.push(...opened);
    return opened.map(({ local }) => local);
  },
  connect: ({ at, remote }) => find(at).connect(remote),
  connectBare: async ({ at, host, port, key }) => {
    const bytes = key === null ? null : Buffer.from(key, 'hex');
    const keys = bytes === null ? null : { key: bytes.subarray(0, 16), salt: bytes.subarray(16) };
    find(at).connectBare({ host, port }, keys);
  },
  publish: async ({ at, streams }) => find(at).publish(streams),
  start: async ({ at }) => {
    for (const each of at) find(each).start();
  },
  measure: async ({ durationMs }) => {
    const before = { ...tally };
    tally.delaysMs.length = 0;
    const [startMs, startCpu] = [performance.now(), process.cpuUsage()];
    await wait(durationMs);
    const { user, system } = process.cpuUsage(startCpu);
    const delays = tally.delaysMs.toSorted((a, b) => a - b);
    return {
      durationMs: performance.now() - startMs,
      sentPackets: tally.sentPackets - before.sentPackets,
      receivedPackets: tally.receivedPackets - before.receivedPackets,
      repairedPackets: tally.repairedPackets - before.repairedPackets,
      keyFrameRequests: tally.keyFrameRequests - before.keyFrameRequests,
      delayP50Ms: delays[Math.floor(delays.length * 0.5)] ?? 0,
      delayP99Ms: delays[Math.floor(delays.length * 0.99)] ?? 0,
      cpuMs: (user + system) / 1000,
    } satisfies LoadMeasure;
  },
  firstKeyFrame: async ({ at, withinMs }) => {
    const untilMs = performance.now() + withinMs;
    const participant = find(at);
    while (participant.firstKeyFrameAtMs === null && performance.now() < untilMs) await wait(1);
    const { firstKeyFrameAtMs } = participant;
    return firstKeyFrameAtMs === null ? null : performance.now() - firstKeyFrameAtMs;
  },
  close: async ({ at }) => {
    for (const each of at) {
      find(each).close();
      participants[each] = undefined;
    }
  },
};

function find(at: number): Participant {
  const participant = participants[at];
  if (participant === undefined) throw new Error('No such participant');
  return participant;
}

function tick(): void {
  const nowMs = performance.now();
  for (const participant of participants) participant?.tick(nowMs);
  setTimeout(tick, tickEveryMs);
}
tick();

process.on('message', async ({ id, command, asked }: LoadRequest) => {
  const answer = (message: LoadAnswer) => process.send?.(message, () => {});
  try {
    const run = commands[command] as (asked: unknown) => Promise<unknown>;
    answer({ id, kind: 'done', value: (await run(asked)) ?? null });
  } catch (error) {
    answer({ id, kind: 'failed', message: String(error) });
  }
});
process.once('disconnect', () => process.exit(0));
