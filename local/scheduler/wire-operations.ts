import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError, notImplemented } from '../wire/aws-error.ts';
import { type InputProblem, parseInput } from '../wire/parse-input.ts';
import type { WireRequest, WireResponse, WireService } from '../wire/wire.ts';
import { MAX_LISTED } from './limits.ts';
import { DEFAULT_GROUP, definitionSchema, nameSchema, type Schedule } from './schedule.ts';
import type { Scheduler } from './scheduler.ts';

const groupName = { GroupName: nameSchema.default(DEFAULT_GROUP) };
const clientToken = {
  ClientToken: z
    .string()
    .regex(/^[a-zA-Z0-9-_]{1,64}$/)
    .optional(),
};
const page = {
  NamePrefix: nameSchema.optional(),
  MaxResults: z.coerce.number().int().min(1).max(MAX_LISTED).default(MAX_LISTED),
  NextToken: z.string().optional(),
};

const schemas = {
  CreateSchedule: definitionSchema.extend({ Name: nameSchema, ...groupName, ...clientToken }),
  UpdateSchedule: definitionSchema.extend({ Name: nameSchema, ...groupName, ...clientToken }),
  GetSchedule: z.strictObject({ Name: nameSchema, ...groupName }),
  // The SDK sends a token with every deletion. A repeated deletion finds no schedule and says so.
  DeleteSchedule: z.strictObject({ Name: nameSchema, ...groupName, ...clientToken }),
  ListSchedules: z.strictObject({
    GroupName: nameSchema.optional(),
    State: z.enum(['ENABLED', 'DISABLED']).optional(),
    ...page,
  }),
  CreateScheduleGroup: z.strictObject({ Name: nameSchema, ...clientToken }),
  GetScheduleGroup: z.strictObject({ Name: nameSchema }),
  ListScheduleGroups: z.strictObject(page),
};

type OperationName = keyof typeof schemas;
type Operation = (input: unknown) => Promise<object>;

/** Method and path of each operation: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html */
const ROUTES: readonly (readonly [method: string, path: RegExp, operation: OperationName])[] = [
  ['GET', /^\/schedules$/, 'ListSchedules'],
  ['POST', /^\/schedules\/([^/]+)$/, 'CreateSchedule'],
  ['GET', /^\/schedules\/([^/]+)$/, 'GetSchedule'],
  ['PUT', /^\/schedules\/([^/]+)$/, 'UpdateSchedule'],
  ['DELETE', /^\/schedules\/([^/]+)$/, 'DeleteSchedule'],
  ['GET', /^\/schedule-groups$/, 'ListScheduleGroups'],
  ['POST', /^\/schedule-groups\/([^/]+)$/, 'CreateScheduleGroup'],
  ['GET', /^\/schedule-groups\/([^/]+)$/, 'GetScheduleGroup'],
];

/** Query parameters whose names differ from the members that they stand for. */
const QUERY_MEMBERS: ReadonlyMap<string, string> = new Map([
  ['groupName', 'GroupName'],
  ['ScheduleGroup', 'GroupName'],
  ['clientToken', 'ClientToken'],
]);

/** EventBridge Scheduler over REST-JSON: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html */
export function schedulerWire(scheduler: Scheduler): WireService {
  const operations = operationsOf(scheduler);
  return {
    signingName: 'scheduler',
    async handle(request) {
      const url = new URL(request.url, 'http://scheduler');
      for (const [method, path, name] of ROUTES) {
        const match = method === request.method && url.pathname.match(path);
        if (match) return respond(200, await operations[name](inputOf(request, url, match[1])));
      }
      throw notImplemented('Scheduler', `${request.method} ${url.pathname}`);
    },
    errorResponse: ({ status, code, message }) => respond(status, { Message: message }, { 'x-amzn-errortype': code }),
  };
}

function respond(status: number, body: object, headers: Record<string, string> = {}): WireResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers },
    body: JSON.stringify(body),
  };
}

/** The members of a request, whether they are in the body, the query or the path. */
function inputOf(request: WireRequest, url: URL, name: string | undefined): Record<string, unknown> {
  const query = [...url.searchParams].map(([key, value]) => [QUERY_MEMBERS.get(key) ?? key, value]);
  const path = name === undefined ? {} : { Name: decodeSegment(name) };
  return { ...bodyOf(request), ...Object.fromEntries(query), ...path };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new AwsError('ValidationException', `${segment} is not percent-encoded UTF-8.`);
  }
}

function bodyOf({ body }: WireRequest): Record<string, unknown> {
  if (body.byteLength === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body).toString());
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON');
  }
  const object = z.record(z.string(), z.unknown()).safeParse(parsed);
  if (!object.success) throw new AwsError('SerializationException', 'The request body must be a JSON object');
  return object.data;
}

function operationsOf(scheduler: Scheduler): Readonly<Record<OperationName, Operation>> {
  return {
    CreateSchedule: operation('CreateSchedule', schemas.CreateSchedule, async (input) => {
      const { Name, GroupName, ClientToken, ...definition } = input;
      const { arn } = await scheduler.createSchedule(GroupName, Name, definition, ClientToken);
      return { ScheduleArn: arn };
    }),
    UpdateSchedule: operation('UpdateSchedule', schemas.UpdateSchedule, async (input) => {
      const { Name, GroupName, ClientToken, ...definition } = input;
      const { arn } = await scheduler.updateSchedule(GroupName, Name, definition, ClientToken);
      return { ScheduleArn: arn };
    }),
    GetSchedule: operation('GetSchedule', schemas.GetSchedule, ({ Name, GroupName }) => {
      const schedule = scheduler.schedule(GroupName, Name);
      return { ...headOf(scheduler, schedule), ...schedule.definition };
    }),
    DeleteSchedule: operation('DeleteSchedule', schemas.DeleteSchedule, async ({ Name, GroupName }) => {
      await scheduler.deleteSchedule(GroupName, Name);
      return {};
    }),
    ListSchedules: operation('ListSchedules', schemas.ListSchedules, (input) => listSchedules(scheduler, input)),
    CreateScheduleGroup: operation('CreateScheduleGroup', schemas.CreateScheduleGroup, ({ Name }) => {
      if (scheduler.groups().some(({ name }) => name === Name)) {
        throw new AwsError('ConflictException', `Schedule group ${Name} already exists.`, 409);
      }
      return { ScheduleGroupArn: scheduler.ensureScheduleGroup({ name: Name }).arn };
    }),
    GetScheduleGroup: operation('GetScheduleGroup', schemas.GetScheduleGroup, ({ Name }) => groupOf(scheduler, Name)),
    ListScheduleGroups: operation('ListScheduleGroups', schemas.ListScheduleGroups, (input) => {
      const names = scheduler.groups().map(({ name }) => name);
      const wanted = names.filter((name) => name.startsWith(input.NamePrefix ?? '') && name > (input.NextToken ?? ''));
      const listed = wanted.slice(0, input.MaxResults);
      return {
        ScheduleGroups: listed.map((name) => groupOf(scheduler, name)),
        ...(wanted.length > listed.length && { NextToken: listed.at(-1) }),
      };
    }),
  };
}

function operation<T>(
  name: OperationName,
  schema: z.ZodType<T>,
  run: (input: T) => object | Promise<object>,
): Operation {
  return async (input) => run(parseInput(schema, input, 'Scheduler', name, refuse));
}

function refuse({ kind, path, reason }: InputProblem): AwsError {
  const problem = kind === 'missing' ? 'Member must not be null' : reason;
  const place = path.charAt(0).toLowerCase() + path.slice(1);
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value at '${place}' failed to satisfy constraint: ${problem}`,
  );
}

function listSchedules(scheduler: Scheduler, input: z.infer<typeof schemas.ListSchedules>): object {
  const { GroupName, NamePrefix = '', State, MaxResults } = input;
  let after = fromToken(input.NextToken);
  const found: Schedule[] = [];
  // Finding one more than a page holds shows that there is another page.
  while (found.length <= MaxResults) {
    const page = scheduler.schedules(GroupName, after, MAX_LISTED);
    const last = page.at(-1);
    if (!last) break;
    after = [last.groupName, last.name];
    found.push(
      ...page.filter(({ name, definition }) => name.startsWith(NamePrefix) && (definition.State === State || !State)),
    );
  }
  const listed = found.slice(0, MaxResults);
  const last = found.length > listed.length ? listed.at(-1) : undefined;
  return {
    Schedules: listed.map((schedule) => ({
      ...headOf(scheduler, schedule),
      State: schedule.definition.State,
      Target: { Arn: schedule.definition.Target.Arn },
    })),
    ...(last && { NextToken: toToken(last) }),
  };
}

function toToken({ groupName, name }: Schedule): string {
  return Buffer.from(`${groupName} ${name}`).toString('base64url');
}

function fromToken(token: string | undefined): readonly [string, string] {
  const [groupName = '', name = ''] = Buffer.from(token ?? '', 'base64url')
    .toString()
    .split(' ');
  return [groupName, name];
}

function headOf(scheduler: Scheduler, { groupName: GroupName, name: Name, createdMs, modifiedMs }: Schedule): object {
  const Arn = scheduler.arnOf(GroupName, Name);
  return { Arn, GroupName, Name, CreationDate: createdMs / 1000, LastModificationDate: modifiedMs / 1000 };
}

function groupOf(scheduler: Scheduler, groupName: string): object {
  const { name: Name, createdMs } = scheduler.group(groupName);
  const CreationDate = createdMs / 1000;
  return { Arn: scheduler.groupArn(Name), Name, State: 'ACTIVE', CreationDate, LastModificationDate: CreationDate };
}
