import type { FixtureControls } from './fixtureSotto.ts';

declare global {
  interface Window {
    sottoFixture: FixtureControls;
  }
}
