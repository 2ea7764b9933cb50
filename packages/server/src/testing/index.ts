/** For tests of other packages: group calls without relays. */
export { StandInCallEngine } from './standInEngine.ts';
