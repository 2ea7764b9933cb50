/** For tests: what holds the media of a group's call, without media. */
import { joinIdSizeBytes } from '@sotto/crypto';
import { loadNodeProvider } from '@sotto/primitives/node';
import type { CallId } from '@sotto/protocol';
import type { GroupCallLineView, GroupCallMedia, GroupCallSignals, GroupCallView } from '../api.ts';
import { answered, groupId } from './groupWorld.ts';
import type { TestDevice, TestWorld } from './testWorld.ts';

const provider = await loadNodeProvider();
const { hpke } = provider.suite(0x0001);
const encoder = new TextEncoder();

export const quiet: GroupCallMedia = {
  isMuted: true,
  hasCamera: false,
  isSharing: false,
  isHandRaised: false,
  isAudience: false,
};

export interface ToldBase {
  readonly generation: number;
  readonly step: number;
  readonly delayMs: number;
  readonly base: Uint8Array;
}

export class GroupHolder {
  readonly world: TestWorld;
  readonly device: TestDevice;
  readonly callId: CallId;
  readonly #pair: { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array };
  signals!: GroupCallSignals;
  #stop: () => void = () => undefined;

  private constructor(
    world: TestWorld,
    device: TestDevice,
    callId: CallId,
    pair: { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array },
  ) {
    this.world = world;
    this.device = device;
    this.callId = callId;
    this.#pair = pair;
  }

  static async create(world: TestWorld, device: TestDevice, callId: CallId): Promise<GroupHolder> {
    const holder = new GroupHolder(world, device, callId, await hpke.generateKeyPair());
    holder.hold();
    return holder;
  }

  get frameKey(): Uint8Array {
    return this.#pair.publicKey;
  }

  hold(): void {
    this.#stop();
    this.#stop = this.device.api.watch({ kind: 'groupCallSignals', callId: this.callId }, (signals) => {
      this.signals = signals;
    });
  }

  /** The page is closed. */
  drop(): void {
    this.#stop();
    this.#stop = () => undefined;
  }

  get joinId(): string {
    return this.signals.joinId ?? '';
  }

  /** Names of those who take part, as this device has it. */
  get people(): string[] {
    return this.signals.participants.map(({ account }) => account.username);
  }

  get hasKeys(): boolean {
    return this.signals.participants.some(({ isSelf, hasKeys }) => isSelf && hasKeys);
  }

  async join(media: GroupCallMedia = quiet): Promise<this> {
    const { callId, frameKey } = this;
    const joined = await answered(this.world, this.device.api.joinGroupCall({ callId, frameKey, media }));
    if (joined.kind === 'problem') throw new Error(joined.problem.kind);
    return this;
  }

  /** The relay hears of the page, so its seat stays. */
  async connect(): Promise<Uint8Array> {
    // An encoded SeatRequest with an empty SeatConnect.
    const asked = await answered(
      this.world,
      this.device.api.askCallSeat(this.callId, Uint8Array.of(0x0a, 0)),
    );
    if (asked.kind === 'problem') throw new Error(asked.problem.kind);
    return asked.value;
  }

  /** What the frame worker is told, in order. */
  async told(): Promise<Uint8Array[]> {
    const info = new Uint8Array([
      ...encoder.encode('Sotto 1 call frame key'),
      ...Uint8Array.fromHex(this.callId),
    ]);
    const plain: Uint8Array[] = [];
    for (const sealed of this.signals.frameKeys) {
      const [enc, ciphertext] = [sealed.slice(0, 32), sealed.slice(32)];
      const opened = await hpke.open(this.#pair.privateKey, enc, info, new Uint8Array(0), ciphertext);
      if (opened === null) throw new Error('A statement does not open');
      plain.push(opened);
    }
    return plain;
  }

  async bases(): Promise<ToldBase[]> {
    return (await this.told())
      .filter(([use]) => use === 2)
      .map((plain) => {
        const view = new DataView(plain.buffer, plain.byteOffset);
        return {
          generation: view.getUint32(1),
          step: view.getUint16(5),
          delayMs: view.getUint16(7),
          base: plain.slice(9),
        };
      });
  }

  /**
   * The key of another one's frames of a base, as a worker that was told these bases has it: of the steps that it was told,
   * and those after them. Null: it cannot open them.
   */
  async keyOf(sender: GroupHolder, generation: number, step: number): Promise<string | null> {
    const bases = await this.bases();
    const from = bases
      .filter((one) => one.generation === generation && one.step <= step)
      .sort((a, b) => b.step - a.step)[0];
    if (from === undefined) return null;
    let { base } = from;
    for (let at = from.step; at < step; at += 1) {
      base = provider.hkdf.expand(base, encoder.encode('Sotto 1 group call step'), 32);
    }
    const who = this.signals.participants.find(({ joinId }) => joinId === sender.joinId);
    const label = encoder.encode('Sotto 1 group call sender');
    const ids = [who?.account.accountId ?? '', who?.deviceId ?? '', sender.joinId];
    const info = new Uint8Array([...label, ...Uint8Array.fromHex(ids.join(''))]);
    if (who === undefined || sender.joinId.length !== 2 * joinIdSizeBytes) return null;
    return provider.hkdf.expand(base, info, 32).toHex();
  }
}

/** Begins the call of the group that the device shows, joins it, and holds it. */
export async function startGroup(
  world: TestWorld,
  device: TestDevice,
  options: { readonly rings?: boolean; readonly hasVideo?: boolean } = {},
): Promise<GroupHolder> {
  const start = { conversationId: groupId(device), hasVideo: options.hasVideo ?? false };
  const rings = options.rings === undefined ? {} : { rings: options.rings };
  const begun = await answered(world, device.api.startGroupCall({ ...start, ...rings }));
  if (begun.kind === 'problem') throw new Error(begun.problem.kind);
  return (await GroupHolder.create(world, device, begun.value.callId)).join();
}

export async function joinGroup(world: TestWorld, device: TestDevice, callId: CallId): Promise<GroupHolder> {
  await world.until(() => openCalls(device).some((call) => call.callId === callId), 'it shows the call');
  return (await GroupHolder.create(world, device, callId)).join();
}

/** Calls as a device shows them now. */
export function openCalls(device: TestDevice): readonly GroupCallView[] {
  let calls: readonly GroupCallView[] = [];
  device.api.watch({ kind: 'groupCalls' }, (value) => {
    calls = value;
  })();
  return calls;
}

/** All have the same newest base, of that generation at least, and know of each other; which one it is. */
export async function haveKeys(
  world: TestWorld,
  holders: readonly GroupHolder[],
  generation = 0,
): Promise<ToldBase> {
  await world.until(
    () => holders.every(({ hasKeys, people }) => hasKeys && people.length === holders.length),
    'all have keys',
    60_000,
  );
  for (;;) {
    const counts = holders.map(({ signals }) => signals.frameKeys.length).join();
    const newest = await Promise.all(holders.map(async (holder) => (await holder.bases()).at(-1)));
    const [one] = newest;
    const isSame = new Set(newest.map((base) => base?.base.toHex())).size === 1;
    if (isSame && one !== undefined && one.generation >= generation) return one;
    await world.until(
      () => holders.map(({ signals }) => signals.frameKeys.length).join() !== counts,
      'newer keys come',
      60_000,
    );
  }
}

export async function groupLines(world: TestWorld, device: TestDevice): Promise<GroupCallLineView[]> {
  const messages = await answered(world, device.messages(groupId(device)));
  return messages.flatMap(({ body }) => (body.kind === 'groupCall' ? [body.call] : []));
}

/** No call is open on the device, and nothing of one waits to be sent. */
export async function isOver(world: TestWorld, ...devices: TestDevice[]): Promise<void> {
  const count = (device: TestDevice, sql: string) => device.disk.rows(sql)[0]?.n;
  await world.until(
    () =>
      devices.every(
        (device) =>
          count(device, 'SELECT count(*) AS n FROM group_call WHERE is_open = 1') === 0 &&
          count(device, "SELECT count(*) AS n FROM outbox WHERE kind = 'call'") === 0,
      ),
    'their calls are over',
    120_000,
  );
}
