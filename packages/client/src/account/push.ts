import { Connection as Methods } from '@sotto/protocol';
import type { Outcome, ServerProblem } from '../api.ts';
import type { DeviceContext } from '../device/deviceContext.ts';

const offline = { kind: 'problem', problem: { kind: 'offline' } } as const;

/** spec/push.md §Endpoints. */
export async function readPushKey(device: DeviceContext): Promise<Outcome<Uint8Array, ServerProblem>> {
  const read = await device.connection.call(Methods.method.readPushKey, {});
  if (read.kind === 'lost') return offline;
  return read.kind === 'answer'
    ? { kind: 'ok', value: read.value.key }
    : { kind: 'problem', problem: { kind: 'refused', code: read.error.code } };
}

/** The same; a repetition does no harm. */
export async function setPushTarget(
  device: DeviceContext,
  endpoint: string | null,
): Promise<Outcome<null, ServerProblem>> {
  const set = await device.connection.call(Methods.method.setPushTarget, { endpoint: endpoint ?? '' });
  if (set.kind === 'lost') return offline;
  return set.kind === 'answer'
    ? { kind: 'ok', value: null }
    : { kind: 'problem', problem: { kind: 'refused', code: set.error.code } };
}
