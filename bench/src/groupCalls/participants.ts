import { seatPayloadTypes } from '@sotto/relay/testing';

/** Synthetic participants that can take as much as there is, and lose nothing. */
export const loadOptions = {
  repairPayloadType: seatPayloadTypes.vp8Rtx,
  picturePayloadType: seatPayloadTypes.vp8,
  bitsPerSecond: 50_000_000,
  losesOneOf: 0,
};

export function joinIdOf(at: number): string {
  return (at + 1).toString(16).padStart(16, '0');
}
