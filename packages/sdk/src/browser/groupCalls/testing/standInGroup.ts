/**
 * For tests: the engines of all who take part in one group call, and the server's room, in the process of the test; the relay is
 * the real one. Keys are as in spec/groupCalls.md, unless they are asked to be others.
 */
import type { GroupCallControl, GroupCallMedia, GroupCallSignals } from '@sotto/client/api';
import { type GroupFrameMessage, nextGroupCallBase, sealGroupFrameMessage } from '@sotto/crypto';
import type { Provider } from '@sotto/primitives';
import type { AccountId, CallId, DeviceId, TransactionId } from '@sotto/protocol';
import { type RoomEvent, startTestRoomRelay, type TestRoomRelay } from '@sotto/relay/testing';

/** As `GroupCallSignals`, and the bytes as text, because a page of Playwright takes nothing else. */
export type TextSignals = Omit<GroupCallSignals, 'frameKeys' | 'seatEvent'> & {
  readonly frameKeys: readonly string[];
  readonly seatEvent: { readonly number: number; readonly event: string } | null;
};

interface Place {
  readonly name: string;
  joinId: string;
  ordinal: number;
  frameKey: Uint8Array;
  media: GroupCallMedia;
  frameKeys: string[];
  seatEvent: TextSignals['seatEvent'];
  events: number;
  muteAsked: number;
  ended: GroupCallSignals['ended'];
}

export class StandInGroup {
  readonly callId = '6c'.repeat(16) as CallId;
  /** Who is given a base that nobody else has. */
  readonly wronglyKeyed = new Set<string>();
  readonly #provider: Provider;
  readonly #places = new Map<string, Place>();
  readonly #listeners = new Map<string, (signals: TextSignals) => void>();
  readonly #roomId = 'room';
  #relay: TestRoomRelay;
  #revision = 1;
  #joins = 0;
  #generation = 0;
  #step = 0;
  #base = crypto.getRandomValues(new Uint8Array(32));
  #reactions: GroupCallSignals['reactions'] = [];

  private constructor(provider: Provider, relay: TestRoomRelay) {
    this.#provider = provider;
    this.#relay = relay;
  }

  static async open(provider: Provider): Promise<StandInGroup> {
    const told: { take(event: RoomEvent): void } = { take: () => {} };
    const group = new StandInGroup(provider, await startTestRoomRelay((event) => told.take(event)));
    told.take = (event) => group.#told(event);
    return group;
  }

  get relay(): TestRoomRelay {
    return this.#relay;
  }

  /** The relay is gone at once; another one takes the room, and pages are told so. */
  async replaceRelay(): Promise<void> {
    await this.#relay.stop();
    this.#relay = await startTestRoomRelay((event) => this.#told(event));
    for (const { joinId } of this.#places.values()) this.#relay.openSeat({ roomId: this.#roomId, joinId });
    this.#revision++;
    this.tellAll();
  }

  watch(name: string, tell: (signals: TextSignals) => void): void {
    this.#listeners.set(name, tell);
    this.#tell(name);
  }

  joinOf(name: string): string {
    return this.#places.get(name)?.joinId ?? '';
  }

  /** `frameKey` in hexadecimal. */
  async join(
    name: string,
    frameKey: string,
    media: GroupCallMedia,
  ): Promise<{ joinId: string; roomRevision: number }> {
    await this.leave(name);
    const place: Place = {
      name,
      joinId: crypto.getRandomValues(new Uint8Array(8)).toHex(),
      ordinal: this.#joins++,
      frameKey: Uint8Array.fromHex(frameKey),
      media,
      frameKeys: [],
      seatEvent: null,
      events: 0,
      muteAsked: 0,
      ended: null,
    };
    this.#relay.openSeat({ roomId: this.#roomId, joinId: place.joinId });
    const others = [...this.#places.values()];
    this.#places.set(name, place);
    for (const other of others) {
      await this.#give(other, this.#statement(place, other));
      await this.#give(place, this.#statement(other, place));
    }
    await this.#give(place, this.#statement(place, place));
    if (others.length > 0) {
      this.#step++;
      this.#base = new Uint8Array(nextGroupCallBase(this.#provider, this.#base));
    }
    for (const each of this.#places.values()) await this.#giveBase(each, 0);
    this.tellAll();
    return { joinId: place.joinId, roomRevision: this.#revision };
  }

  ask(name: string, request: Uint8Array): Uint8Array | null {
    const { joinId } = this.#places.get(name) ?? { joinId: '' };
    return joinId === '' ? null : this.#relay.ask({ roomId: this.#roomId, joinId }, request);
  }

  update(name: string, media: GroupCallMedia): void {
    const place = this.#places.get(name);
    if (place !== undefined) place.media = media;
    this.tellAll();
  }

  react(name: string, emoji: string): void {
    const id = crypto.randomUUID() as TransactionId;
    this.#reactions = [...this.#reactions, { id, joinId: this.joinOf(name), emoji, atMs: Date.now() }];
    this.tellAll();
  }

  control(by: string, control: GroupCallControl): void {
    if (control.kind === 'askMute') {
      for (const place of this.#places.values()) {
        const isMeant = control.joinId === null ? place.name !== by : place.joinId === control.joinId;
        if (isMeant) place.muteAsked++;
      }
    }
    if (control.kind === 'endForAll')
      for (const place of this.#places.values()) place.ended = { kind: 'ended' };
    this.tellAll();
  }

  async leave(name: string): Promise<void> {
    const place = this.#places.get(name);
    if (place === undefined) return;
    this.#places.delete(name);
    this.#relay.closeSeat({ roomId: this.#roomId, joinId: place.joinId });
    this.#generation++;
    this.#step = 0;
    this.#base = crypto.getRandomValues(new Uint8Array(32));
    for (const other of this.#places.values()) {
      await this.#give(other, { kind: 'gone', ordinal: place.ordinal });
      await this.#giveBase(other, 1500);
    }
    this.tellAll();
  }

  /** As if its seat had been lost. */
  lose(name: string): void {
    const place = this.#places.get(name);
    if (place !== undefined) place.ended = { kind: 'lost' };
    this.#tell(name);
  }

  /** Another one in its place, in another tab: it has heard nothing of the relay yet. */
  restartEngine(name: string): void {
    const place = this.#places.get(name);
    if (place === undefined) return;
    place.events = 0;
    place.seatEvent = null;
  }

  tellAll(): void {
    for (const name of this.#places.keys()) this.#tell(name);
  }

  stop(): Promise<void> {
    return this.#relay.stop();
  }

  #told(event: RoomEvent): void {
    const place = [...this.#places.values()].find(({ joinId }) => joinId === event.joinId);
    if (place === undefined) return;
    if (event.kind === 'seat') place.seatEvent = { number: ++place.events, event: event.event.toHex() };
    else place.ended = { kind: 'lost' };
    this.#tell(place.name);
  }

  #statement(of: Place, to: Place): GroupFrameMessage {
    return {
      kind: 'participant',
      isSelf: of === to,
      ordinal: of.ordinal,
      accountId: accountOf(of.name),
      deviceId: deviceOf(of.name),
      joinId: Uint8Array.fromHex(of.joinId),
    };
  }

  async #giveBase(place: Place, delayMs: number): Promise<void> {
    const base = this.wronglyKeyed.has(place.name)
      ? crypto.getRandomValues(new Uint8Array(32))
      : this.#base.slice();
    await this.#give(place, {
      kind: 'base',
      generation: this.#generation,
      step: this.#step,
      delayMs,
      base,
    });
  }

  async #give(place: Place, message: GroupFrameMessage): Promise<void> {
    const sealed = await sealGroupFrameMessage(this.#provider, this.callId, place.frameKey, message);
    if (sealed !== null) place.frameKeys.push(sealed.toHex());
  }

  #tell(name: string): void {
    const own = this.#places.get(name);
    if (own === undefined) return;
    const all = [...this.#places.values()];
    const raised = all.filter(({ media }) => media.isHandRaised);
    this.#listeners.get(name)?.({
      joinId: own.joinId,
      ordinal: own.ordinal,
      participants: all.map((place) => ({
        joinId: place.joinId,
        ordinal: place.ordinal,
        account: { accountId: accountOf(place.name), username: place.name },
        deviceId: deviceOf(place.name),
        isSelf: place === own,
        media: place.media,
        handPlace: place.media.isHandRaised ? raised.indexOf(place) : null,
        hasKeys: true,
      })),
      frameKeys: [...own.frameKeys],
      reactions: this.#reactions,
      muteAsked: own.muteAsked,
      handLowered: 0,
      seatEvent: own.seatEvent,
      roomRevision: this.#revision,
      isLocked: false,
      mayControl: true,
      movedTo: null,
      ended: own.ended,
    });
  }
}

function idOf(name: string, kind: number): string {
  const bytes = new Uint8Array(16).fill(kind);
  bytes.set(new TextEncoder().encode(name).slice(0, 8));
  return bytes.toHex();
}
const accountOf = (name: string): AccountId => idOf(name, 1) as AccountId;
const deviceOf = (name: string): DeviceId => idOf(name, 2) as DeviceId;
