import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Push, RequestSchema, ServerFrameSchema } from '@sotto/protocol';
import type { TestDevice } from './testWorld.ts';

/** What the server makes of answers (by method) and pushes on their way to a device. Null: withheld. */
export interface Lies {
  readonly answer?: (method: string, payload: Uint8Array) => Uint8Array;
  readonly push?: (push: Push) => Push | null;
  /** Requests that never arrive. */
  readonly drops?: (method: string) => boolean;
}

/** From now on the device is told this. */
export function lie(device: TestDevice, lies: Lies): void {
  const methods = new Map<number, string>();
  device.toServer = (bytes) => {
    const { id, method } = fromBinary(RequestSchema, bytes);
    methods.set(id, method);
    return lies.drops?.(method) === true ? [] : [bytes];
  };
  device.toDevice = (bytes) => {
    const frame = fromBinary(ServerFrameSchema, bytes);
    if (frame.kind.case === 'response' && frame.kind.value.result.case === 'payload') {
      const { result } = frame.kind.value;
      const method = methods.get(frame.kind.value.id) ?? '';
      result.value = lies.answer?.(method, result.value) ?? result.value;
    } else if (frame.kind.case === 'push') {
      const push = (lies.push ?? ((same) => same))(frame.kind.value);
      if (push === null) return [];
      frame.kind.value = push;
    }
    return [toBinary(ServerFrameSchema, frame)];
  };
}
