/** For tests: rooms of group calls above a network in memory, pages that sit in them, and time moved by hand. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type SeatAnswer,
  SeatAnswerSchema,
  type SeatConnect,
  type SeatConnectSchema,
  type SeatEvent,
  SeatEventSchema,
  SeatRequestSchema,
  SeatSource,
} from '@sotto/protocol';
import { createRoomHost } from '../rooms/createRoomHost.ts';
import type { RoomEvent, RoomHost, SeatName } from '../rooms/roomHost.ts';
import type { RoomLimits } from '../rooms/roomLimits.ts';
import { createSeatTicket } from '../rooms/seatTicket.ts';
import { FakeMedia, type FakeTransport } from './fakeMedia.ts';

const secret = 'what relay and server share';
const instance = 'relay-1';
const sweepEveryMs = 10;
export const testRoomId = 'room-1';

export const payloadTypes = { opus: 111, vp8: 96, vp8Rtx: 97 };
export const extensions = { mid: 4, rid: 10, repairedRid: 11, transportCc: 3, absSendTime: 2, audioLevel: 1 };

/** Lines of a page: sound, a camera of three layers, a screen, and what it receives. */
export const sendLines = [
  { mid: '0', source: SeatSource.MICROPHONE },
  { mid: '1', source: SeatSource.CAMERA, rids: ['q', 'h', 'f'] },
  { mid: '2', source: SeatSource.SCREEN },
];

export class TestRooms {
  nowMs = 10_000;
  readonly startedAtMs = 1_900_000_000_000;
  readonly media: FakeMedia;
  readonly host: RoomHost;
  readonly told: RoomEvent[] = [];
  readonly pages: TestPage[] = [];

  constructor(limits: Partial<RoomLimits> = {}) {
    const nowMs = () => this.nowMs;
    this.media = new FakeMedia(nowMs);
    const told = (event: RoomEvent) => {
      this.told.push(event);
      if (event.kind === 'seat') this.#page(event)?.hear(fromBinary(SeatEventSchema, event.event));
    };
    this.host = createRoomHost({ secret, instance, nowMs, told, limits }, this.media);
  }

  get wallMs(): number {
    return this.startedAtMs + this.nowMs;
  }

  #page(name: SeatName): TestPage | undefined {
    return this.pages.find(({ joinId }) => joinId === name.joinId);
  }

  ticket(
    joinId: string,
    claims: { roomId?: string; instance?: string; lifetimeMs?: number; secret?: string } = {},
  ) {
    const expiresAtMs = this.wallMs + (claims.lifetimeMs ?? 3_600_000);
    const seat = { roomId: claims.roomId ?? testRoomId, joinId, instance: claims.instance ?? instance };
    return createSeatTicket(claims.secret ?? secret, { ...seat, expiresAtMs });
  }

  ask(ticket: Uint8Array, kind: MessageInitShape<typeof SeatRequestSchema>['kind'] & object): SeatAnswer {
    const request = toBinary(SeatRequestSchema, create(SeatRequestSchema, { kind }));
    return fromBinary(SeatAnswerSchema, this.host.ask(ticket, request, this.wallMs));
  }

  /** A page that has its seat, and is connected unless it is said not to be. */
  page(options: PageOptions = {}): TestPage {
    const number = this.pages.length + 1;
    const joinId = options.joinId ?? number.toString(16).padStart(16, '0');
    if (!this.host.openSeat({ roomId: testRoomId, joinId })) throw new Error('full');
    const page = new TestPage(this, joinId, number, options);
    this.pages.push(page);
    const answer = page.connect();
    if (answer.kind.case !== 'connected') throw new Error(`refused: ${answer.kind.value?.$typeName}`);
    if (options.isConnected !== false) page.transport.connect();
    return page;
  }

  /** Cameras and receivers go on for a while. */
  run(ms: number, parts: readonly { step(nowMs: number): void }[]): void {
    this.pass(ms, (nowMs) => {
      for (const part of parts) part.step(nowMs);
    });
  }

  /** Time passes, the relay sweeps, and `each` is told of every step. */
  pass(ms: number, each: (nowMs: number) => void = () => {}): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; ) {
      this.nowMs += sweepEveryMs;
      for (const { transport } of this.pages) if (transport.isConnected) transport.lastAliveMs = this.nowMs;
      each(this.nowMs);
      this.host.sweep();
    }
  }
}

/** Without what tells messages from plain objects: parts of several are put together here. */
type ConnectFacts = Omit<Exclude<MessageInitShape<typeof SeatConnectSchema>, SeatConnect>, '$typeName'>;

interface PageOptions {
  readonly joinId?: string;
  readonly isConnected?: boolean;
  /** Of sound and pictures. */
  readonly sounds?: number;
  readonly pictures?: number;
  readonly connect?: ConnectFacts;
}

export class TestPage {
  readonly rooms: TestRooms;
  readonly joinId: string;
  /** Whose packets are whose in a test. */
  readonly number: number;
  readonly #options: PageOptions;
  ticket: Uint8Array;
  /** As it was asked. */
  lastConnect: Uint8Array = new Uint8Array();
  transport!: FakeTransport;
  event: SeatEvent | null = null;
  readonly rtp: Buffer[] = [];
  readonly rtcp: Buffer[] = [];
  onRtp: (packet: Buffer) => void = (packet) => this.rtp.push(packet);
  onRtcp: (packet: Buffer) => void = (packet) => this.rtcp.push(packet);
  /** Of its receiving lines. */
  ssrcs = new Map<string, { ssrc: number; rtxSsrc: number }>();
  #revision = 0;

  constructor(rooms: TestRooms, joinId: string, number: number, options: PageOptions) {
    this.rooms = rooms;
    this.joinId = joinId;
    this.number = number;
    this.#options = options;
    this.ticket = rooms.ticket(joinId);
  }

  /** Lines that receive are `s0`, `s1` … and `p0`, `p1` … */
  connect(changes: ConnectFacts = {}, addresses: readonly string[] = []): SeatAnswer {
    const { sounds = 2, pictures = 2 } = this.#options;
    const receives = [
      ...Array.from({ length: sounds }, (_, i) => ({ mid: `s${i}`, isVideo: false })),
      ...Array.from({ length: pictures }, (_, i) => ({ mid: `p${i}`, isVideo: true })),
    ];
    const value: ConnectFacts = {
      connection: 1,
      iceUfrag: 'page',
      icePwd: 'passwordOfThePageIsHere',
      fingerprint: Buffer.alloc(32, this.number),
      payloadTypes,
      extensions,
      sends: sendLines,
      receives,
      ...this.#options.connect,
      ...changes,
    };
    const request = create(SeatRequestSchema, { kind: { case: 'connect', value } });
    this.lastConnect = toBinary(SeatRequestSchema, request);
    const answer = fromBinary(
      SeatAnswerSchema,
      this.rooms.host.ask(this.ticket, this.lastConnect, this.rooms.wallMs, addresses),
    );
    if (answer.kind.case !== 'connected') return answer;
    this.ssrcs = new Map(answer.kind.value.receives.map((each) => [each.mid, each]));
    this.transport = this.rooms.media.transports.findLast(({ handler }) => this.#isOwn(handler))!;
    this.transport.onRtp = (packet) => this.onRtp(packet);
    this.transport.onRtcp = (packet) => this.onRtcp(packet);
    return answer;
  }

  #isOwn(handler: object): boolean {
    return 'name' in handler && (handler.name as SeatName).joinId === this.joinId;
  }

  watch(
    lines: Record<string, { of: TestPage; source: SeatSource; maxLayer?: number; isPriority?: boolean }>,
  ): SeatAnswer {
    this.#revision += 1;
    const watches = Object.entries(lines).map(([mid, { of, source, maxLayer = 0, isPriority = false }]) => ({
      mid,
      joinId: Buffer.from(of.joinId, 'hex'),
      source,
      maxLayer,
      isPriority,
    }));
    return this.rooms.ask(this.ticket, { case: 'watch', value: { revision: this.#revision, watches } });
  }

  hear(event: SeatEvent): void {
    this.event = event;
  }

  sendRtp(packet: Buffer): void {
    this.transport.handler.onRtp(packet, this.rooms.nowMs);
  }

  sendRtcp(packet: Buffer): void {
    this.transport.handler.onRtcp(packet, this.rooms.nowMs);
  }
}
