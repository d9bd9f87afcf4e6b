import * as z from 'zod';
import { DEFAULT_CIRCUIT_BREAKER } from '../../core/circuit/circuit.ts';
import { isObject } from '../../core/is-object.ts';
import { backoffTypes, DEFAULT_RETRY_POLICY, retryDelaySeconds } from '../../core/retries/retry-policy.ts';
import { clean } from '../output.ts';

const DEFAULT_TIMEOUT_SECONDS = 10;

const IN_JSON = ' (see --json)';

const keyOfOrder = z.union([z.object({ header: z.string() }), z.object({ body: z.string() })]);

/** The settings that its owner may change. */
export const settingsFields = {
  template: z.string().nullable(),
  template_variables: z.record(z.string(), z.string()),
  method: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
  config: z.record(z.string(), z.unknown()),
  auth: z.looseObject({ type: z.string() }).nullable(),
  previous_secret_expires_at: z.string().nullable(),
  signing: z.looseObject({
    scheme: z.string(),
    algorithm: z.string().optional(),
    encoding: z.string().optional(),
    header: z.string().optional(),
    prefix: z.string().optional(),
    timestamp_header: z.string().nullish(),
  }),
  timeout_seconds: z.number(),
  retry_max_attempts: z.number(),
  retry_backoff_type: z.enum(backoffTypes),
  retry_intervals: z.tuple([z.number()], z.number()),
  retry_on: z.array(z.string()).nullable(),
  circuit_breaker: z.object({ enabled: z.boolean(), failure_threshold: z.number(), cooldown_seconds: z.number() }),
  rate_limit: z.object({ limit: z.number(), period: z.string() }).nullable(),
  ordering: z.union([z.string(), z.object({ fifo_by: keyOfOrder })]),
  max_concurrency: z.number().nullable(),
};
const settings = z.looseObject({ type: z.string(), ...settingsFields });
type Settings = z.output<typeof settings>;

type Shown = Readonly<Record<string, string | undefined>>;

/** The settings of its type, and those that differ from a new destination, so that changes can be seen without JSON. */
export function changedSettings(one: Settings): Shown {
  const headers = Object.entries(one.headers).map(([name, value]) => `${name}: ${value}`);
  const shown: Shown = {
    template: one.template ?? undefined,
    'template variables': countOf(one.template_variables),
    method: one.method ?? undefined,
    headers: headers.length === 0 ? undefined : headers.join(', '),
    ...configOf(one.config),
    auth: one.auth?.type,
    signing: signingOf(one),
    'secret before': one.previous_secret_expires_at === null ? undefined : previousSecret(one),
    timeout: one.timeout_seconds === DEFAULT_TIMEOUT_SECONDS ? undefined : durationOf(one.timeout_seconds),
    retries: retriesOf(one),
    'circuit breaker': breakerOf(one),
    'rate limit': one.rate_limit === null ? undefined : `${one.rate_limit.limit} a ${one.rate_limit.period}`,
    ordering: orderingOf(one),
    'max concurrency': one.max_concurrency === null ? undefined : String(one.max_concurrency),
  };
  return Object.fromEntries(Object.entries(shown).map(([name, text]) => [name, text && clean(text)]));
}

function configOf({ client_certificate, ...others }: Settings['config']): Shown {
  const entries = Object.entries(others).map(([name, value]) => [name.replaceAll('_', ' '), shownValue(value)]);
  return { ...Object.fromEntries(entries), 'client certificate': client_certificate ? `set${IN_JSON}` : undefined };
}

function shownValue(value: unknown): string | undefined {
  if (isObject(value)) return countOf(value);
  return value === '' || value === null ? undefined : String(value);
}

/** There may be too many to fit on a line. */
function countOf(values: object): string | undefined {
  const { length } = Object.keys(values);
  return length === 0 ? undefined : `${length}${IN_JSON}`;
}

function previousSecret({ previous_secret_expires_at }: Pick<Settings, 'previous_secret_expires_at'>): string {
  const isOver = Date.parse(previous_secret_expires_at ?? '') <= Date.now();
  return `${isOver ? 'has signed' : 'signs'} too until ${previous_secret_expires_at}`;
}

/** Only the type `http` signs anything. */
function signingOf({ type, signing }: Settings): string | undefined {
  const { scheme, algorithm, encoding, header, prefix, timestamp_header } = signing;
  if (scheme === 'standard' || type !== 'http') return undefined;
  if (scheme !== 'hmac') return scheme;
  const behind = prefix ? ` behind ${prefix}` : '';
  const time = timestamp_header ? `, and its time in ${timestamp_header}` : '';
  return `hmac ${algorithm}, in ${encoding}${behind} in ${header}${time}`;
}

/** Shows the delay before each retry, as it follows from the intervals and the backoff. */
function retriesOf(one: Settings): string | undefined {
  const policy = {
    maxRetries: one.retry_max_attempts,
    backoff: one.retry_backoff_type,
    intervalsSeconds: one.retry_intervals,
    retryOn: null,
  };
  const delays = delaysOf(policy);
  if (String(delays) === String(delaysOf(DEFAULT_RETRY_POLICY)) && one.retry_on === null) return undefined;
  if (delays.length === 0) return 'none';
  const only = one.retry_on === null ? '' : `; of ${one.retry_on.join(', ')} alone`;
  return `${delays.length}, after ${delays.map(durationOf).join(', ')}${only}`;
}

function delaysOf(policy: typeof DEFAULT_RETRY_POLICY): readonly number[] {
  // In the middle of the jitter.
  return Array.from({ length: policy.maxRetries }, (_, at) => retryDelaySeconds(policy, at + 1, 0.5) ?? 0);
}

function breakerOf({ circuit_breaker: { enabled, failure_threshold, cooldown_seconds } }: Settings) {
  const usual = DEFAULT_CIRCUIT_BREAKER;
  if (!enabled) return 'off';
  if (failure_threshold === usual.failureThreshold && cooldown_seconds === usual.cooldownSeconds) return undefined;
  const failures = failure_threshold === 1 ? '1 failure' : `${failure_threshold} failures in a row`;
  return `opens after ${failures}, for ${durationOf(cooldown_seconds)} at first`;
}

function orderingOf({ ordering }: Settings): string | undefined {
  if (typeof ordering === 'string') return ordering === 'none' ? undefined : ordering;
  const [[where, name] = []] = Object.entries(ordering.fifo_by);
  return `fifo by ${where} ${name}`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** In the largest unit that divides it evenly. */
function durationOf(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds % size === 0) ?? ['s', 1];
  return `${seconds / size} ${unit}`;
}
