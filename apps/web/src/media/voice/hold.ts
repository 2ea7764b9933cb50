/** The finger on the record button: how far it went from where it began. `none`: it records without one. */
export interface Hold {
  readonly x: number;
  readonly y: number;
  readonly state: 'none' | 'held' | 'released';
}
