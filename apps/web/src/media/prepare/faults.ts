/** Why something cannot be sent, or not as what it seems to be. */

/** `bomb`: more pixels than are opened. `unsupported`: no picture that is shown here. `damaged`: it cannot be decoded. */
export type PictureFault = 'bomb' | 'unsupported' | 'damaged';
/** `empty`: it has no bytes. `unreadable`: this browser may not, or no longer, read it; folders are among these. */
export type FileFault = 'empty' | 'unreadable' | 'tooLarge';
