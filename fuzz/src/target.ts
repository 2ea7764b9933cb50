/** One thing that takes bytes from outside. */
export interface Target {
  readonly name: string;
  /** Inputs that it takes. */
  readonly samples: readonly Uint8Array[];
  /**
   * Returns, whatever the bytes: a refusal is a return. What it throws is a finding, and so is not returning.
   */
  run(bytes: Uint8Array): unknown;
}
