/**
 * The configuration of a deployment: CDK context whose keys begin with `hawser:`, in `cdk.json`
 * (`"context": { "hawser:alarmEmail": "ops@example.com" }`). The command line takes precedence, for trials
 * (`npm run synth -- -c hawser:tracing=true`). It passes text, so numbers and booleans are accepted as text too.
 */
import * as z from 'zod';
import { destinationNetworks } from '../core/destinations/network-address.ts';

/** What every context key of Hawser begins with; all other context belongs to the CDK. */
const contextPrefix = 'hawser:';

/** A number that may arrive as text. Text that isn't a number stays text, so that the error shows it as it was given. */
function numeric<T extends z.ZodType>(schema: T) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value),
    schema,
  );
}

function flag() {
  return z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean());
}

const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A base URL without query and fragment; the trailing slash is dropped, because paths are appended to it. */
const baseUrl = z
  .string()
  .refine((text) => isBaseUrl(text), {
    error: 'an https URL without query or fragment (http for a loopback host only)',
  })
  .transform((text) => text.replace(/\/+$/, ''));

function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  // Checks the text itself, because URL hides an empty query or fragment and trims spaces.
  if (url === null || /[\s?#]/.test(text) || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopbackHosts.has(url.hostname));
}

/** Every key with its default. The descriptions list the allowed values for error messages. */
const settings = {
  /** Name of the CloudFormation stack; a second Hawser in the same account and region needs another. Schedule groups (64) are named after it. */
  stackName: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,55}$/)
    .default('Hawser')
    .describe('a letter, then up to 55 letters, digits and hyphens'),
  /** Whether the dashboard is deployed: a bucket, and a distribution in front of it and of the API. */
  dashboard: flag().default(true).describe('true or false'),
  /**
   * Where users reach dashboard and API; needed if they use a domain name of your own. Default: the URL that CloudFront
   * assigns.
   */
  publicUrl: baseUrl.optional().describe('an https URL without query or fragment (http for a loopback host only)'),
  /** Certificate of the host of publicUrl, for the distribution to serve; CloudFront takes only those of us-east-1. */
  certificateArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/)
    .optional()
    .describe('the ARN of an ACM certificate in us-east-1'),
  /**
   * Where senders reach ingest. Default: publicUrl if it is set, else the URL that API Gateway assigns, because a
   * distribution in front of it costs $1 a million requests and hides the address of the sender.
   */
  ingestUrl: baseUrl.optional().describe('an https URL without query or fragment (http for a loopback host only)'),
  /** Receives a mail for each alarm once the subscription is confirmed. Default: nobody does. */
  alarmEmail: z.email().optional().describe('an e-mail address'),
  /** Days after which events, deliveries and bodies expire. */
  retentionDays: numeric(z.int().min(1).max(365)).default(30).describe('a whole number from 1 to 365'),
  /** Days after which log lines expire. CloudWatch Logs allows only these periods. */
  logRetentionDays: numeric(z.literal([1, 3, 5, 7, 14, 30, 60, 90, 180, 365]))
    .default(30)
    .describe('1, 3, 5, 7, 14, 30, 60, 90, 180 or 365'),
  /** `public`: only public unicast addresses. `loopback`: also loopback over http, for the stack on one machine alone. */
  destinationNetwork: z.enum(destinationNetworks).default('public').describe('public or loopback'),
  /** X-Ray tracing of all functions. */
  tracing: flag().default(false).describe('true or false'),
  /**
   * Access log of the API. It needs the CloudWatch role of API Gateway, which a stack must not set, as there is one per
   * account and region.
   */
  accessLogs: flag().default(false).describe('true or false'),
  /**
   * Requests a second that API Gateway lets through per method, so ingest and API have this limit separately:
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
   * The quota of the account is 10,000 for everything together, in newer regions 2,500, and WebSocket APIs share it:
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
   */
  throttleRate: numeric(z.int().min(1).max(10_000)).default(5_000).describe('a whole number from 1 to 10000'),
  /** Burst of requests above that rate; the quota of the account is 5,000, or 1,250. */
  throttleBurst: numeric(z.int().min(1).max(5_000)).default(2_500).describe('a whole number from 1 to 5000'),
  /** Requests a minute that one organization may make to the management API; ingest is not counted. */
  apiRequestsPerMinute: numeric(z.int().min(10).max(100_000))
    .default(3_000)
    .describe('a whole number from 10 to 100000'),
  /** Batches of ten that are delivered at the same time: lib/delivery.ts explains the default. */
  deliveryConcurrency: numeric(z.int().min(2).max(1_000)).default(400).describe('a whole number from 2 to 1000'),
  /** Lowest level of the functions' own log lines. */
  logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO').describe('DEBUG, INFO, WARN or ERROR'),
  /** What happens to tables, bucket, key and root key when the stack is deleted; `retain` also protects the tables from deletion. */
  removalPolicy: z.enum(['retain', 'destroy']).default('retain').describe('retain or destroy'),
};

/** Names of all settings, without the prefix. */
export const settingNames: readonly string[] = Object.keys(settings);

const configSchema = z
  .object(settings)
  .refine(
    // On AWS the Lambda runtime API is on loopback: a destination there could read and answer other invocations.
    (config) => config.destinationNetwork === 'public' || isLoopbackUrl(config.publicUrl),
    {
      path: ['destinationNetwork'],
      error: 'public; loopback is for the stack on one machine, where hawser:publicUrl is a loopback URL',
    },
  )
  .refine((config) => config.certificateArn === undefined || (config.dashboard && config.publicUrl !== undefined), {
    path: ['certificateArn'],
    error:
      'none, unless hawser:publicUrl is set and hawser:dashboard is true: only the distribution of the dashboard uses it',
  });

export type HawserConfig = z.infer<typeof configSchema>;

function isLoopbackUrl(url: string | undefined): boolean {
  return url !== undefined && loopbackHosts.has(new URL(url).hostname);
}

/** The configuration is unusable. The message has one line per problem: key, given value, allowed values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the configuration from the CDK context; keys without the prefix are ignored.
 * @throws ConfigError naming every unknown key and every wrong value
 */
export function parseConfig(context: Readonly<Record<string, unknown>>): HawserConfig {
  const given: Record<string, unknown> = Object.fromEntries(
    Object.entries(context)
      .filter(([key]) => key.startsWith(contextPrefix))
      .map(([key, value]) => [key.slice(contextPrefix.length), value]),
  );
  const problems = Object.keys(given)
    .filter((key) => !settingNames.includes(key))
    .map(
      (key) =>
        `${contextPrefix}${key} is not a setting; the settings are ${settingNames.map((name) => contextPrefix + name).join(', ')}`,
    );
  const parsed = configSchema.safeParse(given);
  if (!parsed.success) problems.push(...new Set(parsed.error.issues.map((issue) => describeIssue(issue, given))));
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems.join('\n'));
  return parsed.data;
}

function describeIssue(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string {
  const key = String(issue.path[0]);
  const setting = Object.entries(settings).find(([name]) => name === key)?.[1];
  const allowed = issue.code === 'custom' ? issue.message : setting?.description;
  return `${contextPrefix}${key} is ${JSON.stringify(given[key])}; allowed: ${allowed}`;
}
