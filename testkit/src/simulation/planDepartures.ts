/**
 * Devices that go (spec/simulator.md §Seeds): lost with their disks, one or all of an account, and removed by others of
 * their account, also each other; and the ones that come after them.
 */
import type { AccountPlan, Action, DeviceIndex } from './plan.ts';
import type { SeededRandom } from './seededRandom.ts';

interface Departures {
  /** With the devices that come in place of lost ones. */
  readonly accounts: readonly AccountPlan[];
  readonly departures: readonly Action[];
}

export function planDepartures(
  random: SeededRandom,
  accounts: readonly AccountPlan[],
  durationMs: number,
): Departures {
  const departures: Action[] = [];
  const planned = accounts.map((account) => ({ devices: [...account.devices] }));
  for (const [account, { devices }] of planned.entries()) {
    if (!random.chance(0.3)) continue;
    const kind = random.pick([
      'lose',
      'loseAll',
      'revoke',
      'revoke',
      'revokeEachOther',
      'loseAndRevoke',
    ] as const);
    const pickDevice = (): DeviceIndex => ({ account, device: random.integer(0, devices.length - 1) });
    const addDevice = (fromMs: number): DeviceIndex & { readonly enrolAtMs: number } => {
      const enrolAtMs = random.integer(fromMs, Math.max(fromMs, Math.floor(durationMs * 0.9)));
      devices.push({ skewMs: random.integer(-2000, 2000), enrolAtMs });
      return { account, device: devices.length - 1, enrolAtMs };
    };
    // Late enough for devices that come in the middle to be there, mostly.
    const atMs = random.integer(Math.floor(durationMs * 0.2), Math.floor(durationMs * 0.85));
    switch (kind) {
      case 'lose':
        departures.push({ atMs, kind, device: pickDevice() });
        if (random.chance(0.7)) addDevice(atMs + 1);
        break;
      case 'loseAll':
        departures.push({ atMs, kind, account });
        addDevice(atMs + 1);
        break;
      case 'revoke':
      case 'revokeEachOther': {
        if (devices.length === 1) addDevice(0);
        const by = pickDevice();
        const device = {
          account,
          device: (by.device + random.integer(1, devices.length - 1)) % devices.length,
        };
        departures.push({ atMs, kind: 'revoke', by, device });
        if (kind === 'revokeEachOther') departures.push({ atMs, kind: 'revoke', by: device, device: by });
        if (random.chance(0.3)) addDevice(atMs + 1);
        break;
      }
      case 'loseAndRevoke': {
        const device = pickDevice();
        departures.push({ atMs, kind: 'lose', device });
        const { enrolAtMs, ...by } = addDevice(atMs + 1);
        departures.push({ atMs: random.integer(enrolAtMs, durationMs), kind: 'revoke', by, device });
        break;
      }
      default:
        kind satisfies never;
    }
  }
  return { accounts: planned, departures };
}
