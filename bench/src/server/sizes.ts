/** The bytes of one message: a body of 300, its live wrap, and what surrounds them on the wire (measured). */
export const bodySizeBytes = 300;
export const liveSizeBytes = 160;
/** An Append request with both, as a frame. The Entry that comes of it is 3 % larger. */
export const appendFrameSizeBytes = 521;
/** The answer to an Append, as a frame. */
export const acknowledgementSizeBytes = 21;
