/**
 * One line that this side sends on: brings its sender to what it should send, whatever came meanwhile. No track is given to a
 * sender whose frames are not known to be sealed.
 */
export interface SendingLine {
  /** Frames of the sender are sealed from now on. */
  protected(): void;
  send(track: MediaStreamTrack | null): void;
  limit(limit: LineLimit): void;
  /** Sets the limits again: set before an answer, Chromium forgets those of sound with it. */
  settleLimit(): Promise<void>;
  close(): void;
}

export interface LineLimit {
  /** One for each encoding of the line, in their order. */
  readonly encodings: readonly EncodingLimit[];
  readonly degradationPreference?: 'maintain-framerate' | 'maintain-resolution' | 'balanced';
}
export type EncodingLimit = RTCRtpEncodingParameters & { readonly networkPriority?: RTCPriorityType };

export function createSendingLine(sender: RTCRtpSender): SendingLine {
  let track: MediaStreamTrack | null = null;
  let limit: LineLimit | null = null;
  let isProtected = false;
  let isClosed = false;

  function settle(): void {
    const wanted = isProtected ? track : null;
    if (isClosed || sender.track === wanted) return;
    sender.replaceTrack(wanted).then(settle, () => {
      // The track ended meanwhile; whoever owns it gives another.
    });
  }

  async function settleLimit(): Promise<void> {
    if (limit === null || isClosed) return;
    const parameters = sender.getParameters();
    for (const [at, encoding] of limit.encodings.entries())
      Object.assign(parameters.encodings[at] ?? {}, encoding);
    if (limit.degradationPreference !== undefined)
      Object.assign(parameters, { degradationPreference: limit.degradationPreference });
    // Refused by a browser that lacks one of them: then it decides by itself.
    await sender.setParameters(parameters).catch(() => {});
  }

  return {
    protected() {
      isProtected = true;
      settle();
    },
    send(next) {
      track = next;
      settle();
    },
    limit(next) {
      limit = next;
      void settleLimit();
    },
    settleLimit,
    close() {
      isClosed = true;
    },
  };
}
