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
  'functions/delivery/line-runner',
  'test/walk/pace',
  'dashboard/test/interruptions',
  'dashboard/test/forms',
  'dashboard/test/robustness',
  'test/walk/walk',
  'dashboard/test/lost-answers',
  'test/contract/contract',
  'dashboard/test/bidi',
  'dashboard/test/dialogs',
  'dashboard/test/delivery-page',
  'dashboard/test/sent-forms',
  'dashboard/test/late-answers',
  'dashboard/test/dead-letters',
  'functions/management/every-route-idempotency',
  'test/load/load',
  'core/destination-templates/payloads',
  'core/transform/bounds',
  'test/walk/websocket',
  'functions/delivery/line-changes',
  'functions/replay/crashes',
  'test/contract/random-requests',
  'test/cli/lists-in-terminal',
  'test/walk/destinations',
  'test/cli/replay-wait',
  'test/cli/help',
  'functions/delivery/template-deliveries',
  'test/docs/api-examples',
  'test/docs/cli',
  'test/docs/operations',
  'functions/management/list-cost',
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
