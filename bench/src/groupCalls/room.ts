/** A room on the relay's own process, with synthetic participants that look as those of a call do: few speak, all are seen. */
import { type Load, type RoomRelay, seatStream, startLoad, startRoomRelay } from '@sotto/relay/testing';
import type { Forwarded } from './allToAll.ts';
import { joinIdOf, loadOptions } from './participants.ts';
import { processorMsOf } from './processorOf.ts';

/** At the same time; all others have muted themselves. */
const speakers = 3;
/** Of one page of the grid. */
const seenAtOnce = 9;
/** As Chromium sends 720p in three sizes, frames of 25 a second: 0.1, 0.3 and 1.2 Mbit/s. */
const layers = [
  { rid: 'q', frameSizeBytes: 500 },
  { rid: 'h', frameSizeBytes: 1500 },
  { rid: 'f', frameSizeBytes: 6000 },
] as const;

export interface MeasuredRoom {
  readonly senders: number;
  /** How long `join` took, from the seat to the first key frame, in milliseconds; null: none came. */
  joinOneMore(): Promise<number | null>;
  measure(durationMs: number): Promise<Forwarded>;
  close(): Promise<void>;
}

/** The picture that is shown of others: large among few. */
function layerFor(senders: number): number {
  return senders <= 3 ? 2 : senders <= 6 ? 1 : 0;
}

/** Everybody is there and sends. */
export async function openRoom({
  senders,
  listeners = 0,
}: {
  senders: number;
  listeners?: number;
}): Promise<MeasuredRoom> {
  const relay = await startRoomRelay();
  const load = startLoad();
  const room = { relay, load, senders };
  const people = senders + listeners;
  try {
    for (let at = 0; at < people; at++) await join(room, at, at < senders);
    for (let at = 0; at < people; at++) await watchOthers(room, at);
    await load.start({ at: Array.from({ length: senders }, (_, at) => at) });
  } catch (error) {
    await load.stop();
    await relay.stop();
    throw error;
  }
  return {
    senders,
    joinOneMore: async () => {
      const startMs = performance.now();
      await join(room, people, false);
      await watchOthers(room, people);
      const agoMs = await load.firstKeyFrame({ at: people, withinMs: 20_000 });
      return agoMs === null ? null : performance.now() - startMs - agoMs;
    },
    measure: async (durationMs) => {
      const before = processorMsOf(relay.pid);
      const measured = await load.measure({ durationMs });
      return { ...measured, relayMs: processorMsOf(relay.pid) - before };
    },
    close: async () => {
      await load.stop();
      await relay.stop();
    },
  };
}

interface Room {
  readonly relay: RoomRelay;
  readonly load: Load;
  readonly senders: number;
}

async function join({ relay, load, senders }: Room, at: number, isSender: boolean): Promise<void> {
  const [local] = await load.open({ count: 1, ...loadOptions });
  const joinId = joinIdOf(at);
  const speaks = isSender && at < speakers;
  relay.openSeat(joinId);
  const remote = await relay.connect({
    local: local!,
    joinId,
    layers: isSender ? layers.map(({ rid }) => rid) : [],
    sendsSound: speaks,
    sounds: Math.min(senders, speakers),
    pictures: Math.min(senders, seenAtOnce),
  });
  await load.connect({ at, remote });
  if (!isSender) return;
  const ssrc = (at + 1) * 10;
  const pictures = layers.map(({ rid, frameSizeBytes }, i) =>
    seatStream(
      { kind: 'picture', ssrc: ssrc + i, framesPerSecond: 25, frameSizeBytes },
      { rid, repairSsrc: ssrc + 5 + i },
    ),
  );
  const sound = seatStream({ kind: 'sound', ssrc: ssrc + 9, framesPerSecond: 50, frameSizeBytes: 100 });
  await load.publish({ at, streams: speaks ? [sound, ...pictures] : pictures });
}

async function watchOthers({ relay, senders }: Room, at: number): Promise<void> {
  // Not the same nine for all.
  const others = Array.from({ length: senders }, (_, i) => (at + 1 + i) % senders).filter((i) => i !== at);
  await relay.watch(joinIdOf(at), {
    sounds: others.filter((other) => other < speakers).map(joinIdOf),
    pictures: others
      .slice(0, seenAtOnce)
      .map((other) => ({ joinId: joinIdOf(other), maxLayer: layerFor(senders) })),
  });
}
