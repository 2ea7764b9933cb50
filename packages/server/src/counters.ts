/** What the server counts, for metrics: plain numbers, read when somebody asks. */
export interface Counters {
  /** Answers by method and result: `ok` or the error's code. */
  readonly answers: Map<string, Map<string, number>>;
  appendedEntries: number;
  openConnections: number;
  malformedFrames: number;
  uploadedBytes: number;
  downloads: number;
  downloadedBytes: number;
  deletedBlobs: number;
  sentPushes: number;
  failedPushes: number;
}

export function createCounters(): Counters {
  return {
    answers: new Map(),
    appendedEntries: 0,
    openConnections: 0,
    malformedFrames: 0,
    uploadedBytes: 0,
    downloads: 0,
    downloadedBytes: 0,
    deletedBlobs: 0,
    sentPushes: 0,
    failedPushes: 0,
  };
}

export function countAnswer({ answers }: Counters, method: string, result: string): void {
  const results = answers.get(method) ?? new Map<string, number>();
  if (results.size === 0) answers.set(method, results);
  results.set(result, (results.get(result) ?? 0) + 1);
}
