/** For development only: the seeded simulator and its checkers (spec/simulator.md). */
export {
  type BlindnessOptions,
  checkBlindness,
  type Exposed,
  type Secret,
} from './checkers/checkBlindness.ts';
export type { Violation } from './checkers/observation.ts';
export { type SimulateOptions, simulateSeeds } from './simulateSeeds.ts';
export type { SeedResult } from './simulation/runSeed.ts';
