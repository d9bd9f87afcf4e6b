import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take more than some seconds, with the longest of each project first. A file that is missing here only costs time.
 */
const longest = [
  // The file that begins first synthesizes the stack, so it is there when the others need it.
  'test/walk/walk',
  'test/walk/crash',
  'local/stack',
  'local/lambda/runner',
  'core/transform/result',
  'local/lambda/waiting-invocations',
  'core/transform/isolation',
  'functions/delivery/line/runner',
  'functions/destinations/rabbitmq',
  'functions/management/http/every-route-idempotency',
  'functions/management/isolation',
  'functions/delivery/line/stuck',
  'functions/delivery/line/changes',
  'functions/delivery/transforms',
  'functions/management/use-cases/overview',
  'functions/management/many-owners',
  'functions/management/list-cost',
  'functions/management/http/large-lists',
  'functions/delivery/circuit-breakers',
  'functions/delivery/line/faults',
  'functions/delivery/held-deliveries',
  'test/cli/listen',
  'test/cli/listen-ending',
  'test/cli/commands',
  'dashboard/test/layout',
  'dashboard/test/dashboard',
  'test/cli/listen-by-others',
  'test/cli/command-line',
  'test/crashes/every-step',
  'test/faults/faults',
  'dashboard/test/interruptions',
  'dashboard/test/forms',
  'dashboard/test/robustness',
  'dashboard/test/lost-responses',
  'test/contract/contract',
  'dashboard/test/bidi',
  'dashboard/test/dialogs',
  'dashboard/test/delivery-page',
  'dashboard/test/sent-forms',
  'dashboard/test/late-responses',
  'dashboard/test/dead-letters',
  'test/load/load',
  'test/load/pace',
  'test/contract/template-payloads',
  'test/contract/template-deliveries',
  'test/cli/start',
  'test/stack/destinations',
  'core/transform/bounds',
  'core/transform/engine-laws',
  'test/stack/websocket',
  'test/stack/loops',
  'test/stack/far-retry',
  'test/crashes/replay',
  'test/load/many-dead-letters',
  'test/contract/random-requests',
  'test/cli/lists-in-terminal',
  'test/cli/replay-wait',
  'test/cli/help',
  'test/docs/api-examples',
  'test/docs/cli',
  'test/docs/operations',
];

/**
 * Vitest ends a shared process as soon as the next file belongs to another project, and would load the AWS SDK or the CDK again
 * for the one after that. So the files of each project are kept together, and the projects with the most work come first.
 */
const projects = ['alone', 'template', 'functions', 'local', 'core', 'clients'];

/**
 * If a long file begins last, all cores but one are idle. Vitest's cache knows how long files take, but a fresh clone has no
 * cache. Vitest would then go by their size and begin with tables of cases.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return found === -1 ? longest.length : found;
    };
    const place = ({ project }: TestSpecification) => projects.indexOf(project.name);
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b) || rank(a) - rank(b));
  }
}
