import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** A process for each file would load the CDK and the AWS SDK anew for each: a quarter of all the time. */
const shared = { isolate: false, setupFiles: ['test/support/fresh-modules.ts'] };

/** A process ends with the last file of its project, so that what files leave in its memory does not add up over all of them. */
const sharing = {
  core: ['core/*.test.ts', 'core/!(transform)/**/*.test.ts'],
  functions: ['functions/**/*.test.ts'],
  local: ['local/!(lambda)/**/*.test.ts'],
  template: ['test/template/*.test.ts'],
  clients: ['cli/**/*.test.ts', 'dashboard/src/**/*.test.ts'],
};

/**
 * More than half of all the work: the dashboard in a browser, `npm start` and the command line as processes, destinations over the
 * running stack, the API against its document, templates of destinations against what their services document, what the
 * documentation shows, transforms up to every limit, a crash at every step, calls that fail, pace and load. `npm run test:long` has it.
 */
const long = [
  'dashboard/test/**/*.test.ts',
  'test/{cli,contract,crashes,docs,faults,load,stack}/**/*.test.ts',
  'core/transform/{bounds,engine-laws}.test.ts',
];

export default defineConfig({
  test: {
    // More than there are cores: a third of the time is waiting, for browsers, processes and the clock.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    sequence: { sequencer: LongestFirst },
    projects: [
      ...Object.entries(sharing).map(([name, include]) => ({
        extends: true as const,
        test: { ...shared, name, include },
      })),
      // With processes and threads of their own.
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['{bin,lib,core,functions,local,cli,bench,dashboard,test}/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...Object.values(sharing).flat(), ...long],
        },
      },
      { extends: true, test: { name: 'long', include: long } },
    ],
    // For what hangs. What is only slow, as all is on a machine that does much else, should have the time that it takes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The functions' own log lines are not the tests' result.
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT' },
  },
});
