/** What a device process (runFileDevice.ts) reports. */
export type FileDeviceEvent =
  | { readonly kind: 'ready' }
  /** The file was sent, or fetched. */
  | { readonly kind: 'done'; readonly grownBytes: number };
