import type { CipherSuite } from '@sotto/primitives';
import {
  decodeGroupState,
  encodePrivateState,
  encodePublicTree,
  epochAuthenticator,
  erasePendingCommit,
  exportSecret,
  type GroupState,
  type PendingCommit,
  type ProposalInput,
  type PskLookup,
  unprotect,
} from '../index.ts';
import { accepted, check, toHex } from './bytes.ts';
import { Device, groupOf, policy } from './device.ts';

/** What members still hold who left or were lost. */
interface Ghost {
  readonly state: GroupState;
  readonly name: string;
}

interface InFlight {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly from: Device;
}

const ghostsKept = 4;
const sharedKey = new Uint8Array(32).fill(42);
const psks: PskLookup = () => sharedKey;

/**
 * A long life of a group of honest members, following from a seed: after each commit all agree on epoch authenticator,
 * tree hash and exporter; each message is read once by each member of its epoch, in whatever order, and by nobody who
 * left, was not there yet or has been taken from.
 */
export class History {
  readonly suite: CipherSuite;
  readonly #largest: number;
  #random: number;
  #members: Device[];
  #ghosts: Ghost[] = [];
  #inFlight: InFlight[] = [];
  #last: PendingCommit | null = null;
  #made = 0;
  /** What was done, for the record. */
  readonly done = { messages: 0, reads: 0, commits: 0, added: 0, removed: 0, largest: 0 };

  constructor(suite: CipherSuite, seed: number, largest: number, members: readonly Device[]) {
    this.suite = suite;
    this.#random = seed;
    this.#largest = largest;
    this.#members = [...members];
  }

  static async start(suite: CipherSuite, seed: number, size: number, largest: number): Promise<History> {
    return new History(suite, seed, largest, await groupOf(suite, size));
  }

  /** From 0 to `end` - 1 (mulberry32). */
  #below(end: number): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }

  #someone(): Device {
    return this.#members[this.#below(this.#members.length)]!;
  }

  async run(operations: number): Promise<void> {
    for (let i = 0; i < operations; i++) await this.#step();
    await this.#deliver();
  }

  async #step(): Promise<void> {
    const actor = this.#someone();
    const kind = this.#below(20);
    if (kind < 10) return this.#say(actor);
    if (kind === 10) return actor.restart();
    await this.#deliver();
    switch (kind) {
      case 11:
        return this.#commit(actor, [], []);
      case 12:
        return this.#commit(actor, this.#removals(actor), []);
      case 13:
        return this.#commit(actor, this.#removals(actor), await this.#newcomers());
      case 14: {
        const extensions = this.#below(2) === 0 ? [] : [{ type: 3, data: Uint8Array.of(0, 0, 2, 0, 1) }];
        return this.#commit(actor, [{ kind: 'groupContextExtensions', extensions }], []);
      }
      case 15:
        return this.#commit(actor, [{ kind: 'psk', psk: { kind: 'external', pskId: Uint8Array.of(1) } }], []);
      case 16:
        return this.#joinFromOutside(actor);
      case 17:
        return this.#lose(actor);
      default:
        return this.#commit(actor, [], await this.#newcomers());
    }
  }

  async #say(from: Device): Promise<void> {
    const text = `${from.name} says ${this.done.messages++}`;
    this.#inFlight.push({ bytes: await from.send(text), text, from });
  }

  /** Everyone reads what is on its way: forwards, backwards or from the middle; then nothing of it again. */
  async #deliver(): Promise<void> {
    const waiting = this.#inFlight;
    this.#inFlight = [];
    for (const device of this.#members) {
      const mine = waiting.filter(({ from }) => from !== device);
      const cut = mine.length === 0 ? 0 : this.#below(mine.length);
      const turned = [...mine.slice(cut), ...mine.slice(0, cut)];
      for (const { bytes, text } of this.#below(2) === 0 ? turned : turned.reverse()) {
        check((await device.read(bytes)) === text, 'a message is read as it was sent');
        this.done.reads++;
      }
      const [first] = mine;
      if (first) check((await device.receive(first.bytes)).kind === 'refused', 'a message is read once');
    }
    for (const { bytes } of waiting.slice(0, 2)) {
      for (const { state, name } of this.#ghosts) {
        check((await unprotect(state, bytes, policy)).kind === 'refused', `${name} reads nothing`);
      }
    }
  }

  #removals(actor: Device): ProposalInput[] {
    const others = this.#members.filter((device) => device !== actor);
    const count = Math.min(
      others.length - 1,
      1 + this.#below(this.#members.length > this.#largest * 0.8 ? 12 : 3),
    );
    const chosen = new Set(
      Array.from({ length: Math.max(0, count) }, () => others[this.#below(others.length)]!),
    );
    return Array.from(chosen, (device) => ({ kind: 'remove', leafIndex: device.active.ownLeafIndex }));
  }

  async #newcomers(): Promise<Device[]> {
    const room = Math.max(0, this.#largest - this.#members.length);
    const count = Math.min(room, 1 + this.#below(this.#members.length < this.#largest / 2 ? 12 : 3));
    return Promise.all(
      Array.from({ length: count }, () => Device.make(this.suite, `newcomer ${this.#made++}`)),
    );
  }

  async #commit(actor: Device, proposals: ProposalInput[], joiners: readonly Device[]): Promise<void> {
    const adds: ProposalInput[] = [];
    for (const joiner of joiners) adds.push({ kind: 'add', keyPackage: await joiner.publish() });
    const pending = await actor.commit([...proposals, ...adds], {
      psks,
      path: this.#below(3) === 0 ? 'ifRequired' : 'always',
      wireFormat: this.#below(4) === 0 ? 'public' : 'private',
      welcomes: this.#below(2) === 0 ? 'split' : 'joint',
    });
    if (this.#below(4) === 0) await this.#loseRace();
    await this.#accept(pending, actor);
    for (const joiner of joiners) await joiner.join(pending);
    this.#members.push(...joiners);
    this.done.added += joiners.length;
    this.#expectAgreement();
  }

  /** Somebody else commits at the same time and is refused by the server. */
  async #loseRace(): Promise<void> {
    const loser = this.#someone();
    const lost = await loser.commit([]);
    erasePendingCommit(lost, loser.active);
  }

  async #accept(pending: PendingCommit, by: Device): Promise<void> {
    const leaving = new Set(pending.summary.removed.map((member) => member.leafIndex));
    for (const device of this.#members) {
      if (device === by) continue;
      if (leaving.has(device.active.ownLeafIndex)) this.#keepGhost(device);
      const received = await device.receive(pending.commitMessage, { psks });
      check(received.kind === 'stagedCommit', `a commit is taken by ${device.name}`);
    }
    by.become(pending.nextState);
    const before = this.#members.length;
    this.#members = this.#members.filter((device) => device.state?.kind === 'active');
    this.done.removed += before - this.#members.length;
    this.done.commits++;
    this.#last = pending;
  }

  #keepGhost(device: Device): void {
    const stored = [encodePrivateState(device.active), encodePublicTree(device.active)] as const;
    const state = accepted(decodeGroupState(this.suite, ...stored));
    this.#ghosts = [{ state, name: device.name }, ...this.#ghosts].slice(0, ghostsKept);
  }

  async #joinFromOutside(actor: Device): Promise<void> {
    if (this.#last === null || this.#members.length >= this.#largest) return this.#commit(actor, [], []);
    const joiner = await Device.make(this.suite, `newcomer ${this.#made++}`);
    await this.#accept(await joiner.joinExternally(this.#last), joiner);
    this.#members.push(joiner);
    this.done.added++;
    this.#expectAgreement();
  }

  /** A device loses its state, which somebody finds, and comes back from outside. */
  async #lose(device: Device): Promise<void> {
    if (this.#last === null) return this.#commit(device, [], []);
    this.#keepGhost(device);
    const resync = device.active.ownLeafIndex;
    await this.#accept(await device.joinExternally(this.#last, { resync }), device);
    this.#expectAgreement();
  }

  #expectAgreement(): void {
    const label = new Uint8Array(3);
    const views = this.#members.map(({ active }) => {
      const exported = exportSecret(active, 'history', label, 32);
      return toHex(
        Uint8Array.of(...epochAuthenticator(active), ...active.groupContext.treeHash, ...exported),
      );
    });
    check(new Set(views).size === 1, 'all members agree');
    for (const { state } of this.#ghosts) {
      check(!views[0]!.startsWith(toHex(epochAuthenticator(state))), 'nobody who left is in this epoch');
    }
    this.done.largest = Math.max(this.done.largest, this.#members.length);
  }
}
