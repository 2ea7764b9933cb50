/**
 * The payload descriptor of VP8 (RFC 7741 §4.2), and the one bit of the frame that stays clear under SFrame: whether it
 * is a key frame (spec/frames.md). One `Vp8Descriptor` reads one packet after the other.
 */

export class Vp8Descriptor {
  /** Where the frame's bytes begin. */
  frameAt = 0;
  /** The packet begins a key frame. */
  beginsKeyFrame = false;
  /** Where the picture's number is; 0: there is none. */
  pictureAt = 0;
  /** It has 15 bits, not 7. */
  isPictureWide = false;
  picture = 0;
  /** Where TL0PICIDX is; 0: there is none. */
  tl0At = 0;
  tl0 = 0;

  /** `end` is where the payload ends. False where it is no whole descriptor with something after it. */
  read(bytes: Uint8Array, from: number, end: number): boolean {
    this.pictureAt = 0;
    this.tl0At = 0;
    this.picture = 0;
    this.tl0 = 0;
    if (from >= end) return false;
    const first = bytes[from]!;
    let at = from + 1;
    if ((first & 0x80) !== 0) {
      if (at >= end) return false;
      const has = bytes[at]!;
      at += 1;
      if ((has & 0x80) !== 0) {
        if (at >= end) return false;
        this.isPictureWide = (bytes[at]! & 0x80) !== 0;
        if (this.isPictureWide && at + 1 >= end) return false;
        this.pictureAt = at;
        this.picture = this.isPictureWide ? ((bytes[at]! & 0x7f) << 8) | bytes[at + 1]! : bytes[at]! & 0x7f;
        at += this.isPictureWide ? 2 : 1;
      }
      if ((has & 0x40) !== 0) {
        if (at >= end) return false;
        this.tl0At = at;
        this.tl0 = bytes[at]!;
        at += 1;
      }
      if ((has & 0x30) !== 0) at += 1;
    }
    if (at >= end) return false;
    this.frameAt = at;
    // S, the first partition, and P of the frame's tag (RFC 6386 §9.1) not set.
    this.beginsKeyFrame = (first & 0x17) === 0x10 && (bytes[at]! & 1) === 0;
    return true;
  }
}

/** Adds to the numbers of a packet whose descriptor was read at the same place of another copy of it. */
export function shiftVp8(
  bytes: Uint8Array,
  descriptor: Vp8Descriptor,
  moved: number,
  pictureOffset: number,
  tl0Offset: number,
): void {
  if (descriptor.pictureAt > 0) {
    const at = descriptor.pictureAt + moved;
    const picture = descriptor.picture + pictureOffset;
    if (descriptor.isPictureWide) {
      bytes[at] = 0x80 | ((picture >> 8) & 0x7f);
      bytes[at + 1] = picture;
    } else bytes[at] = picture & 0x7f;
  }
  if (descriptor.tl0At > 0) bytes[descriptor.tl0At + moved] = descriptor.tl0 + tl0Offset;
}
