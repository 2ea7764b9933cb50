// A reporter of Vitest: says at the end of a run, in the fewest lines, what failed in it. `npm test` prints them
// once more when all parts are through, because what comes after a failure may be longer than a log that is kept.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const path = process.env.FAILED_TESTS_PATH ?? 'test-results/failed.txt';

/** Writes the failures of a run to `FAILED_TESTS_PATH`; leaves no file there where nothing failed. */
export default class FailedTests {
  onInit() {
    rmSync(path, { force: true });
  }

  onTestRunEnd(modules, unhandledErrors) {
    const lines = [];
    const note = (place, errors) => {
      lines.push(place);
      for (const { message, stack = message } of errors) {
        const own = stack.split('\n').filter((line) => !line.includes('/node_modules/'));
        lines.push(...own.map((line) => `    ${line}`));
      }
    };
    for (const module of modules) {
      if (module.errors().length > 0) note(module.relativeModuleId, module.errors());
      for (const suite of module.children.allSuites())
        if (suite.errors().length > 0) note(`${module.relativeModuleId} > ${suite.fullName}`, suite.errors());
      for (const test of module.children.allTests('failed'))
        note(`${module.relativeModuleId} > ${test.fullName}`, test.result().errors ?? []);
    }
    if (unhandledErrors.length > 0) note('Outside of any test', unhandledErrors);
    if (lines.length === 0) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${lines.join('\n')}\n`);
  }
}
