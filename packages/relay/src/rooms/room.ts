/** One call on this relay: its seats, who watches whom, and what all of them are told. */
import { create, toBinary } from '@bufbuild/protobuf';
import { SeatEventSchema, SeatSource } from '@sotto/protocol';
import type { RoomEvent } from './roomHost.ts';
import type { Seat } from './seat.ts';
import { Watchers } from './source.ts';

const lookEveryMs = 200;
/** Where somebody watches something else: who sends it begins the sooner. Also between two events of one seat. */
const hurriedLookMs = 50;
/** Between two that tell all, for each seat of the room, so that large rooms do not drown in them. */
const commonGapPerSeatMs = 5;
/** Loudness from which somebody speaks (127 − 50 dB), and for how long after. */
const speechLevel = 77;
const speechLastsMs = 900;
const maxSpeakers = 6;

export class Room {
  readonly seats = new Map<string, Seat>();
  readonly #watchers = new Map<string, Watchers>();
  readonly #told: (event: RoomEvent) => void;
  #common: Uint8Array = new Uint8Array();
  /** What of it matters: levels change all the time. */
  #commonSaid = '';
  #commonAtMs = Number.NEGATIVE_INFINITY;
  #lookAtMs = 0;
  #lookedAtMs = 0;
  #isHurried = false;

  constructor(told: (event: RoomEvent) => void) {
    this.#told = told;
  }

  get senders(): number {
    let senders = 0;
    for (const seat of this.seats.values()) if (seat.isSender) senders += 1;
    return senders;
  }

  watchersOf(joinId: string, kind: SeatSource): Watchers {
    const key = `${joinId} ${kind}`;
    let watchers = this.#watchers.get(key);
    if (watchers === undefined) {
      watchers = new Watchers();
      this.#watchers.set(key, watchers);
    }
    return watchers;
  }

  /** Somebody watches something else. */
  hurry(): void {
    this.#isHurried = true;
  }

  sweep(nowMs: number): void {
    for (const seat of this.seats.values()) seat.sweep(nowMs);
    const isDue = nowMs >= this.#lookAtMs;
    if (!isDue && !(this.#isHurried && nowMs >= this.#lookedAtMs + hurriedLookMs)) return;
    if (isDue) this.#lookAtMs = nowMs + lookEveryMs;
    this.#lookedAtMs = nowMs;
    this.#isHurried = false;
    for (const seat of this.seats.values())
      for (const source of seat.sources.values()) {
        if (isDue) source.follow(nowMs);
        else source.want(nowMs);
      }
    this.#look(nowMs);
    for (const [key, { slots, source }] of this.#watchers)
      if (slots.length === 0 && source === null) this.#watchers.delete(key);
  }

  #look(nowMs: number): void {
    const hasCommonNews = this.#lookAtAll(nowMs);
    for (const seat of this.seats.values()) {
      seat.look(nowMs);
      if (hasCommonNews) seat.hasNews = true;
      if (!seat.hasNews || nowMs - seat.eventAtMs < hurriedLookMs) continue;
      const event = Buffer.concat([this.#common, seat.event(nowMs)]);
      this.#told({ kind: 'seat', ...seat.name, event });
    }
  }

  /** What arrives from whom, and who speaks; true where that is news. */
  #lookAtAll(nowMs: number): boolean {
    if (nowMs - this.#commonAtMs < this.seats.size * commonGapPerSeatMs) return false;
    const sources: { joinId: Buffer; source: SeatSource; layers: number }[] = [];
    const heard: { joinId: Buffer; level: number }[] = [];
    for (const seat of this.seats.values()) {
      const joinId = Buffer.from(seat.name.joinId, 'hex');
      for (const source of seat.sources.values()) {
        const layers = source.arrivingLayers(nowMs);
        if (layers !== 0) sources.push({ joinId, source: source.kind, layers });
        if (source.kind !== SeatSource.MICROPHONE || source.level === null) continue;
        const level = Math.round(source.levelAt(nowMs));
        if (level >= speechLevel) source.spokeAtMs = nowMs;
        if (nowMs - source.spokeAtMs <= speechLastsMs) heard.push({ joinId, level });
      }
    }
    const speakers = heard.sort((a, b) => b.level - a.level).slice(0, maxSpeakers);
    const said = [
      ...sources.map(({ joinId, source, layers }) => `${joinId.toString('hex')} ${source} ${layers}`),
      ...speakers.map(({ joinId }) => joinId.toString('hex')),
    ].join();
    if (said === this.#commonSaid) return false;
    this.#commonSaid = said;
    this.#commonAtMs = nowMs;
    this.#common = toBinary(SeatEventSchema, create(SeatEventSchema, { sources, speakers }));
    return true;
  }
}
