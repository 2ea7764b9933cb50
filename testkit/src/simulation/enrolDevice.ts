/**
 * Signing in on a new device: the engine's own flow with the account's recovery code, since a password would have to be
 * stretched (spec/simulator.md §What is not simulated). Repeated until it comes to be, each time on an empty disk.
 */
import { confirmEnrolment, migrate, type Platform, type ServerTransport, signIn } from '@sotto/client';
import type { Provider } from '@sotto/crypto';
import type { DeviceId } from '@sotto/protocol';
import { type ClientDisk, createClientDisk } from './clientDisk.ts';
import type { SimulatedAccount } from './simulatedAccount.ts';
import { createSimulatedProcess } from './simulatedProcess.ts';
import type { SimulatedServer } from './simulatedServer.ts';
import type { VirtualTime } from './virtualTime.ts';

interface EnrolmentPlace {
  readonly time: VirtualTime;
  readonly server: SimulatedServer;
  readonly provider: Provider;
  /** The device's clock is wrong by this much. */
  readonly skewMs: number;
}

const patienceMs = 1000;
const retryMs = 1000;

let emptyDisk: Uint8Array | null = null;

/** Sign-in requests as a device makes them: an answer within a second, or none. */
export function createSignInRoute(time: VirtualTime, server: SimulatedServer): ServerTransport['signIn'] {
  return (method, payload) =>
    new Promise((resolve, reject) => {
      const giveUp = time.schedule(patienceMs, () => resolve({ kind: 'unreachable' }));
      server.signIn(method, payload).then((answer) => {
        // A server that is down is noticed late, as a client does that waits for it.
        if (answer.kind === 'unreachable') return;
        giveUp();
        resolve(answer);
      }, reject);
    });
}

/** The account comes to be, with this device. */
export async function enrolFirst(
  { time, server, provider, skewMs }: EnrolmentPlace,
  account: SimulatedAccount,
): Promise<{ readonly disk: ClientDisk; readonly deviceId: DeviceId }> {
  const { disk, platform } = await prepare({ time, server, provider, skewMs });
  const database = await platform.databases.open();
  const registration = await account.enrolFirst(database, server.serverId(), platform.clock.now());
  await server.register((store) => store.createAccount(registration));
  await confirmEnrolment(database);
  return { disk, deviceId: registration.device.deviceId };
}

/** A further device of an account. */
export async function enrolFurther(
  place: EnrolmentPlace,
  account: SimulatedAccount,
): Promise<{ readonly disk: ClientDisk; readonly deviceId: DeviceId }> {
  for (;;) {
    const { disk, platform } = await prepare(place);
    const secret = { kind: 'recoveryCode', code: account.recoveryCode } as const;
    const outcome = await signIn(platform, await platform.databases.open(), account.username, secret);
    const [row] = disk.all('SELECT device_id FROM device');
    if (outcome.kind === 'ok') return { disk, deviceId: row?.device_id as DeviceId };
    disk.close();
    const { kind } = outcome.problem;
    const isTransient =
      kind === 'offline' || (outcome.problem.kind === 'refused' && transient.has(outcome.problem.code));
    if (!isTransient) throw new Error(`Signing in failed: ${JSON.stringify(outcome.problem)}`);
    await new Promise<void>((resolve) => void place.time.schedule(retryMs, resolve));
  }
}

const transient: ReadonlySet<string> = new Set(['unavailable', 'chain_stale', 'login_expired']);

async function prepare({ time, server, provider, skewMs }: EnrolmentPlace) {
  const disk = createClientDisk();
  if (emptyDisk !== null) disk.restore(emptyDisk);
  const process = createSimulatedProcess(time);
  const faultless = { nextFault: () => 'none' as const, commitDelayMs: () => 0, crashed: () => {} };
  const databases = disk.mount(process, faultless);
  if (emptyDisk === null) {
    await migrate(await databases.open());
    emptyDisk = disk.serialize();
  }
  const platform: Platform = {
    clock: { now: () => Math.floor(time.now() + skewMs), schedule: process.schedule },
    provider,
    databases,
    transport: {
      signIn: createSignInRoute(time, server),
      connect: () => {
        throw new Error('Signing in does not connect');
      },
    },
  };
  return { disk, platform };
}
