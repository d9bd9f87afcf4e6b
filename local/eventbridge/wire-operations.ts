import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type AwsJsonOperation, awsJsonService } from '../wire/aws-json.ts';
import { type InputProblem, parseInput } from '../wire/parse-input.ts';
import type { WireService } from '../wire/wire.ts';
import { parsePattern } from './event-pattern.ts';
import type { EventBridge } from './eventbridge.ts';
import { putEvents, putEventsSchema } from './put-events.ts';
import { busNameOf, DEFAULT_BUS, type Rule, targetSchema } from './rule-store.ts';

const name = z.string().regex(/^[.\-_A-Za-z0-9]{1,64}$/);
const busName = { EventBusName: z.string().default(DEFAULT_BUS) };
const rule = { Rule: name, ...busName };
/** Lists are short enough for one page. A caller that asks for smaller pages is refused. */
const prefix = { NamePrefix: z.string().default('') };

const schemas = {
  PutEvents: putEventsSchema,
  CreateEventBus: z.strictObject({
    Name: z.string().regex(/^[/.\-_A-Za-z0-9]{1,256}$/),
    Description: z.string().optional(),
  }),
  DescribeEventBus: z.strictObject({ Name: z.string().default(DEFAULT_BUS) }),
  ListEventBuses: z.strictObject(prefix),
  PutRule: z.strictObject({
    Name: name,
    ...busName,
    /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html */
    EventPattern: z.string().max(4096),
    State: z.enum(['ENABLED', 'DISABLED']).optional(),
    Description: z.string().max(512).optional(),
  }),
  DescribeRule: z.strictObject({ Name: name, ...busName }),
  DeleteRule: z.strictObject({ Name: name, ...busName }),
  ListRules: z.strictObject({ ...busName, ...prefix }),
  PutTargets: z.strictObject({ ...rule, Targets: z.array(targetSchema).min(1).max(100) }),
  RemoveTargets: z.strictObject({ ...rule, Ids: z.array(z.string()).min(1).max(100) }),
  ListTargetsByRule: z.strictObject(rule),
};

/** EventBridge over AWS JSON 1.1: https://docs.aws.amazon.com/eventbridge/latest/APIReference/Welcome.html */
export function eventBridgeWire(eventBridge: EventBridge, clock: Clock): WireService {
  return awsJsonService({
    signingName: 'events',
    targetPrefix: 'AWSEvents',
    jsonVersion: '1.1',
    addressed: (input) =>
      putEventsSchema
        .safeParse(input)
        .data?.Entries.map(({ EventBusName }) => eventBridge.arnOf(busNameOf(EventBusName ?? DEFAULT_BUS))),
    operations: Object.fromEntries([
      operation('PutEvents', schemas.PutEvents, (input) => putEvents(eventBridge, clock, input)),
      ...busOperations(eventBridge),
      ...ruleOperations(eventBridge),
      ...targetOperations(eventBridge),
    ]),
  });
}

function busOperations(eventBridge: EventBridge): [string, AwsJsonOperation][] {
  const toWireBus = (nameOrArn: string) => {
    const { name: Name, arn: Arn, description: Description, createdMs } = eventBridge.bus(nameOrArn);
    return { Name, Arn, ...(Description && { Description }), CreationTime: createdMs / 1000 };
  };
  return [
    operation('CreateEventBus', schemas.CreateEventBus, ({ Name, Description }) => {
      if (eventBridge.buses().some((bus) => bus.name === Name)) {
        throw new AwsError('ResourceAlreadyExistsException', `Event bus ${Name} already exists.`);
      }
      return { EventBusArn: eventBridge.ensureEventBus({ name: Name, description: Description }).arn };
    }),
    operation('DescribeEventBus', schemas.DescribeEventBus, ({ Name }) => toWireBus(Name)),
    operation('ListEventBuses', schemas.ListEventBuses, ({ NamePrefix }) => ({
      EventBuses: eventBridge
        .buses()
        .filter((bus) => bus.name.startsWith(NamePrefix))
        .map((bus) => toWireBus(bus.name)),
    })),
  ];
}

function ruleOperations(eventBridge: EventBridge): [string, AwsJsonOperation][] {
  return [
    operation('PutRule', schemas.PutRule, ({ Name, EventBusName, EventPattern, State, Description }) => ({
      RuleArn: eventBridge.putRule({
        name: Name,
        eventBusName: EventBusName,
        eventPattern: parsePattern(EventPattern),
        state: State,
        description: Description,
      }).arn,
    })),
    operation('DescribeRule', schemas.DescribeRule, ({ Name, EventBusName }) =>
      toWireRule(eventBridge.rule(EventBusName, Name)),
    ),
    operation('DeleteRule', schemas.DeleteRule, ({ Name, EventBusName }) => {
      eventBridge.deleteRule(EventBusName, Name);
      return {};
    }),
    operation('ListRules', schemas.ListRules, ({ EventBusName, NamePrefix }) => ({
      Rules: eventBridge
        .rulesOf(EventBusName)
        .filter((found) => found.name.startsWith(NamePrefix))
        .map(toWireRule),
    })),
  ];
}

function targetOperations(eventBridge: EventBridge): [string, AwsJsonOperation][] {
  return [
    operation('PutTargets', schemas.PutTargets, ({ Rule: ruleName, EventBusName, Targets }) => {
      eventBridge.putTargets(EventBusName, ruleName, Targets);
      return { FailedEntryCount: 0, FailedEntries: [] };
    }),
    operation('RemoveTargets', schemas.RemoveTargets, ({ Rule: ruleName, EventBusName, Ids }) => {
      const missing = eventBridge.removeTargets(EventBusName, ruleName, Ids);
      const failed = missing.map((TargetId) => ({
        TargetId,
        ErrorCode: 'ResourceNotFoundException',
        ErrorMessage: `Target ${TargetId} does not exist on Rule ${ruleName}.`,
      }));
      return { FailedEntryCount: failed.length, FailedEntries: failed };
    }),
    operation('ListTargetsByRule', schemas.ListTargetsByRule, ({ Rule: ruleName, EventBusName }) => ({
      Targets: eventBridge.rule(EventBusName, ruleName).targets,
    })),
  ];
}

function toWireRule({ name: Name, arn: Arn, pattern, state: State, description, busName: EventBusName }: Rule): object {
  const EventPattern = JSON.stringify(pattern);
  return { Name, Arn, EventPattern, State, ...(description && { Description: description }), EventBusName };
}

function operation<T>(
  name: keyof typeof schemas,
  schema: z.ZodType<T>,
  run: (input: T) => object | Promise<object>,
): [string, AwsJsonOperation] {
  return [name, async (input) => run(parseInput(schema, input, 'EventBridge', name, refuse))];
}

function refuse({ kind, path, reason }: InputProblem): AwsError {
  const problem = kind === 'missing' ? 'Member must not be null' : reason;
  const place = path.charAt(0).toLowerCase() + path.slice(1);
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value at '${place}' failed to satisfy constraint: ${problem}`,
  );
}
