import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['{bin,lib,core,functions,local,cli,bench,dashboard,test}/**/*.test.ts'],
    // More than there are cores: a third of the time is waiting, for browsers, processes and the clock.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // A process for each file would load the AWS SDK and the CDK anew for each: a quarter of all the time.
    isolate: false,
    setupFiles: ['test/support/fresh-modules.ts'],
    sequence: { sequencer: LongestFirst },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // The functions' own log lines are not the tests' result.
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT' },
  },
});
