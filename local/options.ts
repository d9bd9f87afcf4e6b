import * as z from 'zod';
import { StartError } from './start-error.ts';

const port = z.coerce.number().int().min(1).max(65_535);

interface Setting<S extends z.ZodType> {
  readonly variable: string;
  readonly schema: S;
  /** As the help shows it. */
  readonly default: string;
  readonly help: string;
  readonly allowed: string;
}

const settings = {
  port: {
    variable: 'HAWSER_PORT',
    schema: port.default(4100),
    default: '4100',
    help: 'port of API, ingest and dashboard, on 127.0.0.1',
    allowed: 'a port, 1 to 65535',
  },
  awsPort: {
    variable: 'HAWSER_AWS_PORT',
    schema: port.default(4101),
    default: '4101',
    help: 'port of the AWS endpoint, for the AWS CLI and SDKs, on 127.0.0.1',
    allowed: 'a port, 1 to 65535',
  },
  dataDir: {
    variable: 'HAWSER_DATA_DIR',
    schema: z.string().min(1).default('.hawser'),
    default: '.hawser',
    help: 'folder of all state; delete it to start afresh',
    allowed: 'a folder, created if missing',
  },
  rootKey: {
    variable: 'HAWSER_ROOT_KEY',
    schema: z
      .string()
      .regex(/^[\x21-\x7e]{1,256}$/)
      .optional(),
    default: 'created and printed at the first start',
    help: 'root key of the API; replaces the one in the data folder',
    allowed: '1 to 256 visible ASCII characters',
  },
} as const satisfies Record<string, Setting<z.ZodType>>;

const optionsSchema = z
  .object({
    port: settings.port.schema,
    awsPort: settings.awsPort.schema,
    dataDir: settings.dataDir.schema,
    rootKey: settings.rootKey.schema,
  })
  .refine((options) => options.port !== options.awsPort, {
    error: `${settings.port.variable} and ${settings.awsPort.variable} must differ`,
  });

export type Options = z.infer<typeof optionsSchema>;

/**
 * Options come from the environment alone, so that `npm start` needs no `--`.
 * @throws StartError with one line for each wrong value.
 */
export function parseOptions(environment: Readonly<Record<string, string | undefined>>): Options {
  const given = Object.fromEntries(
    Object.entries(settings).map(([name, { variable }]) => [name, environment[variable]]),
  );
  const parsed = optionsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    if (issue.code === 'custom') return issue.message;
    const setting = Object.entries(settings).find(([name]) => name === issue.path[0])?.[1];
    // The value given for the root key is not repeated: it may be a real key with a typing error.
    const value = setting === settings.rootKey ? 'not usable' : JSON.stringify(environment[setting?.variable ?? '']);
    return `${setting?.variable} is ${value}; allowed: ${setting?.allowed}`;
  });
  throw new StartError(lines.join('\n'));
}

/** The variable that sets this port, for the message that the port is taken. */
export function variableOfPort(options: Options, taken: number): string | undefined {
  if (taken === options.port) return settings.port.variable;
  return taken === options.awsPort ? settings.awsPort.variable : undefined;
}

export const usage = [
  'npm start: runs the Hawser stack on this machine.',
  '',
  'It synthesizes the CDK app, creates what the template declares in embedded AWS services, and serves API, ingest and dashboard.',
  'Options are environment variables:',
  '',
  ...Object.values(settings).flatMap((setting) => [
    `  ${setting.variable.padEnd(16)} ${setting.help}`,
    `  ${''.padEnd(16)} default: ${setting.default}; ${setting.allowed}`,
  ]),
  '',
  'Settings of the stack itself, such as hawser:retentionDays, are CDK context in cdk.json, as for a deployment.',
].join('\n');
