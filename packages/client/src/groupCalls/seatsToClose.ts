import type { CallId, ConversationId } from '@sotto/protocol';
import type { DeviceContext } from '../device/deviceContext.ts';
import { closeSeat } from './openSeat.ts';

interface SeatToClose {
  readonly logId: ConversationId;
  readonly callId: CallId;
  isAsked: boolean;
}

/** Seats of joins that are over or came to nothing, until the server has heard of it (spec/groupCalls.md, "The seat"). */
export class SeatsToClose {
  readonly #device: () => DeviceContext;
  /** By join id. */
  readonly #seats = new Map<string, SeatToClose>();

  constructor(device: () => DeviceContext) {
    this.#device = device;
  }

  add(logId: ConversationId, callId: CallId, joinId: string): void {
    this.#seats.set(joinId, { logId, callId, isAsked: false });
    this.tell();
  }

  /** What the server has not heard, where there is a connection: there may be none when a join ends. */
  tell(): void {
    const device = this.#device();
    if (!device.connection.isReady) return;
    for (const [joinId, seat] of this.#seats) {
      if (seat.isAsked) continue;
      seat.isAsked = true;
      closeSeat(device, seat.logId, seat.callId, joinId).then((isTold) => {
        seat.isAsked = false;
        // It may have been opened again meanwhile, and is to be closed again.
        if (isTold && this.#seats.get(joinId) === seat) this.#seats.delete(joinId);
      }, device.caught);
    }
  }
}
