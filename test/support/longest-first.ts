import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** From ten seconds on, the longest first. One that is missing here costs time, and nothing else. */
const longest = [
  'test/crashes/every-step',
  'test/cli/commands',
  'dashboard/test/dashboard',
  'test/cli/listen',
  'dashboard/test/layout',
  'functions/delivery/line-runner',
  'dashboard/test/robustness',
  'dashboard/test/interruptions',
  'functions/management/every-route-idempotency',
  'test/walk/walk',
  'core/transform/bounds',
  'test/walk/pace',
  'dashboard/test/forms',
  'dashboard/test/delivery-page',
  'core/destination-templates/payloads',
  'functions/delivery/template-deliveries',
  'test/contract/contract',
  'functions/delivery/line-changes',
  'local/main',
  'functions/management/list-cost',
  'functions/replay/many-dead-letters',
  'test/contract/random-requests',
  'test/docs/cli',
  'test/docs/api-examples',
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
