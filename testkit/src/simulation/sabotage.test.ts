import { describe, expect, it } from 'vitest';
import type { Violation } from '../checkers/observation.ts';
import { type Plan, planSeed, quietNetwork } from './plan.ts';
import { type RunOptions, runSeed } from './runSeed.ts';
import type { World } from './world.ts';

/** Two accounts, the first with two devices; each side writes. Nothing goes wrong by itself. */
const plan: Plan = {
  ...planSeed(1),
  suite: 'classical',
  accounts: [
    {
      devices: [
        { skewMs: 0, enrolAtMs: 0 },
        { skewMs: 0, enrolAtMs: 0 },
      ],
    },
    { devices: [{ skewMs: 0, enrolAtMs: 0 }] },
  ],
  pairs: [[0, 1]],
  groups: [],
  network: quietNetwork,
  networkName: 'quiet',
  clientFaults: { crashBefore: 0, crashAfter: 0, failBefore: 0, failAfter: 0 },
  serverCrashChance: 0,
  maxCommitDelayMs: 0,
  durationMs: 10_000,
  absenceMs: 0,
  actions: [
    { atMs: 0, kind: 'enrol', device: { account: 0, device: 0 } },
    { atMs: 0, kind: 'enrol', device: { account: 0, device: 1 } },
    { atMs: 0, kind: 'enrol', device: { account: 1, device: 0 } },
    {
      atMs: 2000,
      kind: 'send',
      by: { account: 0, device: 0 },
      place: { kind: 'direct', peer: 1 },
      count: 2,
      long: false,
    },
    {
      atMs: 5000,
      kind: 'send',
      by: { account: 1, device: 0 },
      place: { kind: 'direct', peer: 0 },
      count: 1,
      long: false,
    },
  ],
};

const run = async (options: RunOptions = {}): Promise<Violation['kind'][]> => {
  const { violations } = await runSeed(1, { plan, ...options });
  return [...new Set(violations.map((violation) => violation.kind))].sort();
};
const phone = (world: World) => world.device({ account: 0, device: 0 })!;
const laptop = (world: World) => world.device({ account: 0, device: 1 })!;
const atEnd = (act: (world: World) => void): RunOptions => ({
  sabotage(world, moment) {
    if (moment === 'end') act(world);
  },
});
const whenSettled = (act: (world: World) => void | Promise<void>): RunOptions => ({
  sabotage: (world, moment) => (moment === 'settled' ? act(world) : undefined),
});

describe('a sabotaged world is found out', () => {
  it('has nothing wrong without sabotage', async () => {
    expect(await run()).toEqual([]);
  });

  it('where a device loses a message', async () => {
    const forget = (world: World) =>
      laptop(world).disk.write(
        "DELETE FROM message WHERE ord = (SELECT min(ord) FROM message WHERE body_kind = 'text')",
      );
    expect(await run(atEnd(forget))).toContain('lost');
  });

  it('where a device shows a message again', async () => {
    const double = (world: World) =>
      laptop(world).disk.write(
        `INSERT INTO message (conversation, ord, message_id, sender_id, sender_device, sent_at_ms, state, body_kind, detail)
         SELECT conversation, ord + 1000, '${'f'.repeat(32)}', sender_id, sender_device, sent_at_ms,
           state, body_kind, detail FROM message WHERE body_kind = 'text' LIMIT 1`,
      );
    expect(await run(atEnd(double))).toContain('invented');
  });

  it('where two messages change places', async () => {
    const swap = (world: World) => {
      const { disk } = laptop(world);
      disk.write("UPDATE message SET ord = -ord WHERE body_kind = 'text'");
      const [low, high] = disk.all(
        "SELECT -ord AS ord FROM message WHERE body_kind = 'text' ORDER BY 1 LIMIT 2",
      );
      disk.write('UPDATE message SET ord = ? WHERE ord = ?', high!.ord!, -Number(low!.ord));
      disk.write('UPDATE message SET ord = ? WHERE ord = ?', low!.ord!, -Number(high!.ord));
      disk.write('UPDATE message SET ord = -ord WHERE ord < 0');
    };
    expect(await run(atEnd(swap))).toContain('reordered');
  });

  it('where the server takes a message twice', async () => {
    const repeat = (world: World) => {
      const { database } = world.server;
      const [, second] = database
        .prepare(
          'SELECT entry.* FROM entry JOIN conversation ON conversation.log = entry.log ORDER BY entry.seq',
        )
        .all();
      const head = database
        .prepare('SELECT max(seq) AS head FROM entry WHERE log = ?')
        .get(second!.log!)!.head;
      const insert = database.prepare('INSERT INTO entry (log, seq, bytes) VALUES (?, ?, ?)');
      insert.run(second!.log!, Number(head) + 1, second!.bytes!);
    };
    expect(await run(atEnd(repeat))).toContain('doubled');
  });

  it('where a device loses its group at the end', async () => {
    const destroy = (world: World) => laptop(world).disk.write('UPDATE group_record SET value = zeroblob(9)');
    expect(await run(atEnd(destroy))).toContain('forked');
  });

  it('where a device had to heal although nobody knew it was damaged', async () => {
    const damage = (world: World) => {
      laptop(world).kill();
      laptop(world).disk.write('UPDATE group_record SET value = zeroblob(9)');
      laptop(world).start();
    };
    expect(await run(whenSettled(damage))).toContain('healed');
  });

  it('where a device is set back to an old image of itself', async () => {
    let image: Uint8Array | null = null;
    const options: RunOptions = {
      sabotage(world, moment) {
        if (moment === 'settled') image = phone(world).disk.serialize();
        else phone(world).disk.restore(image!);
      },
    };
    expect(await run(options)).toContain('lost');
  });

  it('where the server comes to know a text', async () => {
    const leak = (world: World) => {
      const text = phone(world).user.sent[0]!.text;
      world.server.database.prepare("INSERT INTO setting VALUES ('leak', ?)").run(Buffer.from(`>${text}<`));
    };
    expect(await run(atEnd(leak))).toEqual(['leaked']);
  });

  it('where the server comes to know a key', async () => {
    const leak = (world: World) => {
      const seed = phone(world).disk.all('SELECT seed FROM device')[0]!.seed as Uint8Array;
      world.server.database.prepare("INSERT INTO setting VALUES ('leak', ?)").run(seed);
    };
    expect(await run(atEnd(leak))).toEqual(['leaked']);
  });

  it('where a text stands in a frame', async () => {
    const leak = (world: World) => {
      const text = phone(world).user.sent[0]!.text;
      (world.network.frames as Uint8Array[]).push(Buffer.from(text));
    };
    expect(await run(atEnd(leak))).toEqual(['leaked']);
  });

  it('where a removed device has what the account has had since', async () => {
    const removal: Plan = {
      ...plan,
      actions: [
        ...plan.actions,
        { atMs: 6000, kind: 'revoke', by: { account: 0, device: 0 }, device: { account: 0, device: 1 } },
        {
          atMs: 8000,
          kind: 'send',
          by: { account: 1, device: 0 },
          place: { kind: 'direct', peer: 0 },
          count: 1,
          long: false,
        },
      ],
    };
    const kinds = async (options: RunOptions): Promise<Violation['kind'][]> => {
      const { violations } = await runSeed(1, { plan: removal, ...options });
      return [...new Set(violations.map((violation) => violation.kind))];
    };
    expect(await kinds({})).toEqual([]);
    const hand = (table: string) =>
      atEnd((world) => {
        const removed = world.enrolled({ account: 0, device: 1 })!;
        for (const row of phone(world).disk.all(`SELECT * FROM ${table}`)) {
          const columns = Object.keys(row).filter((name) => name !== 'position');
          removed.disk.write(
            `INSERT OR IGNORE INTO ${table} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`,
            ...columns.map((name) => row[name]!),
          );
        }
      });
    expect(await kinds(hand('history_key'))).toEqual(['notCutOff']);
    expect(await kinds(hand('epoch_key'))).toEqual(['notCutOff']);
  });

  describe('in which messages disappear', () => {
    const direct = (peer: number) => ({ place: { kind: 'direct', peer } as const });
    const timers: Plan = {
      ...plan,
      durationMs: 20_000,
      actions: [
        { atMs: 1500, kind: 'timer', by: { account: 0, device: 0 }, ...direct(1), seconds: 5 },
        ...plan.actions,
        { atMs: 7000, kind: 'read', by: { account: 1, device: 0 }, ...direct(0) },
        { atMs: 7000, kind: 'read', by: { account: 0, device: 1 }, ...direct(1) },
      ],
    };
    const found = async (options: RunOptions): Promise<Violation['kind'][]> => {
      const { violations } = await runSeed(1, { plan: timers, ...options });
      return [...new Set(violations.map((violation) => violation.kind))];
    };

    it('has nothing wrong without sabotage, also after a month', async () => {
      expect(await found({})).toEqual([]);
      expect(await found({ plan: { ...timers, absenceMs: 29 * 24 * 3_600_000 } })).toEqual([]);
    });

    it('where a client keeps messages too long', async () => {
      // It takes whatever it shows for a message that stays.
      const keep = (world: World) =>
        laptop(world).disk.write(
          `CREATE TRIGGER keep AFTER UPDATE OF expires_at_ms ON message WHEN new.expires_at_ms IS NOT NULL
           BEGIN UPDATE message SET expires_at_ms = NULL, timer_seconds = 0
             WHERE conversation = new.conversation AND ord = new.ord; END`,
        );
      expect(await found(whenSettled(keep))).toContain('overdue');
    });

    it('where a client deletes messages, and not what they said', async () => {
      const copy = (world: World) => {
        const { disk } = laptop(world);
        disk.write('CREATE TABLE copy (detail TEXT) STRICT');
        disk.write(
          'CREATE TRIGGER copy AFTER INSERT ON message BEGIN INSERT INTO copy VALUES (new.detail); END',
        );
      };
      expect(await found(whenSettled(copy))).toContain('overdue');
    });

    it('where a client lets messages go too early', async () => {
      const drop = (world: World) => {
        const { disk } = world.device({ account: 1, device: 0 })!;
        disk.write(
          `CREATE TRIGGER early AFTER INSERT ON message WHEN new.timer_seconds > 0
           BEGIN UPDATE message SET expires_at_ms = 1
             WHERE conversation = new.conversation AND ord = new.ord; END`,
        );
      };
      const kinds = await found(whenSettled(drop));
      expect(kinds.filter((kind) => kind === 'early' || kind === 'lost')).not.toEqual([]);
    });

    it('where the server keeps what all have', async () => {
      const keep = (world: World) => {
        world.server.letPassingGo = () => Promise.resolve();
      };
      expect(await found(whenSettled(keep))).toContain('leaked');
    });
  });

  it('where a device never comes online again', async () => {
    const cut = (world: World) => laptop(world).goOfflineFor(100_000_000);
    expect(await run(whenSettled(cut))).toContain('stuck');
  });
});

describe('a correct world makes up', () => {
  it('for pushes that never arrive', async () => {
    let dropped = 0;
    const filter = (device: string, frame: Uint8Array) => {
      // Larger frames to the laptop are pushes of entries.
      if (device !== 'A2' || frame.length < 400 || dropped >= 2) return [frame];
      dropped += 1;
      return [];
    };
    expect(await run({ filter })).toEqual([]);
    expect(dropped).toBe(2);
  });
});
