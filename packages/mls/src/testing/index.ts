/** For other packages' tests and fuzzing. */
export { Sequence, type SequenceStart, sequenceStart } from './sequence.ts';
