/** The same load through different relays: some send sound and one picture each, and each gets what all others send. */
import { randomBytes } from 'node:crypto';
import {
  type Load,
  type LoadMeasure,
  noExtensions,
  type StreamSpec,
  seatPayloadTypes,
  seatStream,
  startFanOut,
  startLoad,
  startRoomRelay,
} from '@sotto/relay/testing';
import { startJanus } from './janus.ts';
import { joinIdOf, loadOptions } from './participants.ts';
import { processorMsOf } from './processorOf.ts';

/** What went through, and what it took. */
export interface Forwarded extends LoadMeasure {
  /** Processor time of the relay's process, in that time. */
  readonly relayMs: number;
}

export interface AllToAll {
  readonly people: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
}

type Stream = Pick<StreamSpec, 'kind' | 'ssrc' | 'framesPerSecond' | 'frameSizeBytes'>;

/** 50 packets of sound and 225 of pictures a second, 2 Mbit/s. */
function streamsOf(at: number): readonly Stream[] {
  return [
    { kind: 'sound', ssrc: 1000 + at, framesPerSecond: 50, frameSizeBytes: 100 },
    { kind: 'picture', ssrc: 2000 + at, framesPerSecond: 25, frameSizeBytes: 9500 },
  ];
}

function plainStreamsOf(at: number): readonly StreamSpec[] {
  const { opus, vp8 } = seatPayloadTypes;
  return streamsOf(at).map((stream) => ({
    ...stream,
    payloadType: stream.kind === 'sound' ? opus : vp8,
    repair: null,
    extensions: noExtensions,
  }));
}

/** Without ICE, DTLS and whatever a relay has to know: `isSealed` says whether packets are opened and sealed. */
export async function throughBare(options: AllToAll, isSealed: boolean): Promise<Forwarded> {
  const key = isSealed ? randomBytes(28).toString('hex') : null;
  const relay = await startFanOut(key);
  const load = startLoad();
  try {
    await load.open({ count: options.people, ...loadOptions });
    for (let at = 0; at < options.people; at++) {
      await load.connectBare({ at, host: relay.host, port: relay.port, key });
      await load.publish({ at, streams: plainStreamsOf(at) });
    }
    return await measure(load, relay.pid, options);
  } finally {
    await load.stop();
    await relay.stop();
  }
}

export async function throughJanus(options: AllToAll): Promise<Forwarded> {
  const janus = await startJanus();
  const load = startLoad();
  try {
    const { people } = options;
    const senders = await load.open({ count: people, ...loadOptions, repairPayloadType: 0 });
    const receivers = await load.open({ count: people, ...loadOptions, repairPayloadType: 0 });
    const ids: number[] = [];
    for (const [at, local] of senders.entries()) {
      const streams = plainStreamsOf(at);
      const lines = streams.map(({ kind, ssrc, payloadType }) => ({
        kind: kind === 'sound' ? ('audio' as const) : ('video' as const),
        ssrc,
        payloadType,
      }));
      const { id, remote } = await janus.publish(local, lines);
      ids.push(id);
      await load.connect({ at, remote });
      await load.publish({ at, streams });
    }
    for (const [at, local] of receivers.entries()) {
      const others = ids.filter((_, other) => other !== at);
      await load.connect({ at: people + at, remote: await janus.subscribe(local, others) });
    }
    return await measure(load, janus.pid, options);
  } finally {
    await load.stop();
    await janus.stop();
  }
}

/** The relay's own process, with a room. */
export async function throughSotto(options: AllToAll): Promise<Forwarded> {
  const relay = await startRoomRelay();
  const load = startLoad();
  try {
    const { people } = options;
    const joinIds = Array.from({ length: people }, (_, at) => joinIdOf(at));
    const locals = await load.open({ count: people, ...loadOptions });
    for (const [at, local] of locals.entries()) {
      const joinId = joinIds[at]!;
      relay.openSeat(joinId);
      const lines = { layers: ['f'], sendsSound: true, sounds: people - 1, pictures: people - 1 };
      await load.connect({ at, remote: await relay.connect({ local, joinId, ...lines }) });
      await load.publish({ at, streams: streamsOf(at).map((stream) => seatStream(stream)) });
    }
    for (const joinId of joinIds) {
      const sounds = joinIds.filter((other) => other !== joinId);
      const pictures = sounds.map((other) => ({ joinId: other, maxLayer: 0 }));
      await relay.watch(joinId, { sounds, pictures });
    }
    return await measure(load, relay.pid, options);
  } finally {
    await load.stop();
    await relay.stop();
  }
}

/** Lets everybody begin. */
async function measure(
  load: Load,
  pid: number,
  { people, warmUpMs, durationMs }: AllToAll,
): Promise<Forwarded> {
  await load.start({ at: Array.from({ length: people }, (_, at) => at) });
  await load.measure({ durationMs: warmUpMs });
  const before = processorMsOf(pid);
  const measured = await load.measure({ durationMs });
  return { ...measured, relayMs: processorMsOf(pid) - before };
}
