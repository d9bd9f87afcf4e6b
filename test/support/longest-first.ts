import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** From some seconds on, the longest first. One that is missing here costs time, and nothing else. */
const longest = [
  'test/cli/listen',
  'test/cli/listen-ending',
  'test/cli/commands',
  'dashboard/test/layout',
  'dashboard/test/dashboard',
  'test/cli/listen-by-others',
  'test/cli/command-line',
  'test/crashes/every-step',
  'dashboard/test/interruptions',
  'dashboard/test/forms',
  'dashboard/test/robustness',
  'dashboard/test/lost-answers',
  'test/contract/contract',
  'dashboard/test/bidi',
  'dashboard/test/dialogs',
  'dashboard/test/delivery-page',
  'dashboard/test/sent-forms',
  'dashboard/test/late-answers',
  'dashboard/test/dead-letters',
  'test/load/load',
  'test/load/pace',
  'test/contract/template-payloads',
  'test/contract/template-deliveries',
  'test/cli/start',
  'test/crashes/replay',
  'test/load/many-dead-letters',
  'test/contract/random-requests',
  'test/cli/lists-in-terminal',
  'test/cli/replay-wait',
  'test/cli/help',
  'test/docs/api-examples',
  'test/docs/cli',
  'test/docs/operations',
  // The one that begins synthesizes the stack, which is there when the others want it.
  'test/walk/walk',
  'functions/delivery/line-runner',
  'functions/management/every-route-idempotency',
  'core/transform/bounds',
  'test/walk/crash',
  'test/walk/destinations',
  'core/transform/result',
  'local/lambda/runner',
  'test/walk/websocket',
  'local/stack',
  'test/walk/loops',
  'core/transform/sandbox-host',
  'core/transform/engine-laws',
  'functions/delivery/line-changes',
  'functions/delivery/line-stuck',
  'functions/management/list-cost',
  'functions/management/isolation',
];

/**
 * A long file that begins last leaves all but one core idle. Vitest knows from its cache how long files take, and a fresh clone has
 * none: it would go by their size, and begin with tables of cases.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return found === -1 ? longest.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
