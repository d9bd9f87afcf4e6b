import type { ReceivedWebhook } from '../support/receiver.ts';

const withoutBreaker = { circuit_breaker: { enabled: false } };

/** What a receiver answers to an attempt. @param isUp whether the receivers that start out down have come up */
type Answers = (webhook: ReceivedWebhook, isUp: boolean) => number;

interface Kind {
  readonly settings: object;
  readonly answers: Answers;
  /** The kind of its source: the ordered destinations get their events one after the other. */
  readonly source: 'direct' | 'in line';
  /** The most requests for one event: what the policy allows, what is done by hand, and what is sent twice. */
  readonly mostRequests: number;
}

export const attemptOf = ({ headers }: ReceivedWebhook) => Number(headers['x-hawser-attempt-count']);
export const eventOf = ({ headers }: ReceivedWebhook) => String(headers['webhook-id']);

/** About one first attempt in five fails. */
const unlucky: Answers = (webhook) => (attemptOf(webhook) === 1 && /[0-2]$/.test(eventOf(webhook)) ? 500 : 200);
const once: Answers = (_, isUp) => (isUp ? 200 : 500);

const kinds = {
  plain: { settings: withoutBreaker, answers: () => 200, source: 'direct', mostRequests: 16 },
  twice: {
    settings: { retry_intervals: [5, 1_000], ...withoutBreaker },
    answers: (webhook) => (attemptOf(webhook) <= 2 ? 503 : 200),
    source: 'direct',
    mostRequests: 16,
  },
  /** Its receiver answers 410 at first, and takes webhooks again later. */
  gone: {
    settings: { retry_intervals: [5], ...withoutBreaker },
    answers: (webhook, isUp) => (isUp ? 200 : ([500, 410][attemptOf(webhook) - 1] ?? 200)),
    source: 'direct',
    mostRequests: 16,
  },
  never: {
    settings: { retry_max_attempts: 3, retry_intervals: [5, 25, 1_200], ...withoutBreaker },
    answers: () => 500,
    source: 'direct',
    mostRequests: 60,
  },
  breaker: {
    settings: { retry_max_attempts: 10, retry_intervals: [5, 25, 60] },
    answers: once,
    source: 'direct',
    mostRequests: 16,
  },
  paced: {
    settings: {
      rate_limit: { limit: 50, period: 'second' },
      max_concurrency: 4,
      retry_intervals: [5],
      ...withoutBreaker,
    },
    answers: unlucky,
    source: 'direct',
    mostRequests: 16,
  },
  fifo: {
    settings: {
      ordering: 'fifo',
      rate_limit: { limit: 50, period: 'second' },
      retry_intervals: [5],
      ...withoutBreaker,
    },
    answers: unlucky,
    source: 'in line',
    mostRequests: 16,
  },
  keyed: {
    settings: { ordering: { fifo_by: { body: 'key' } }, retry_intervals: [5, 25], ...withoutBreaker },
    answers: unlucky,
    source: 'in line',
    mostRequests: 16,
  },
  'fifo breaker': {
    settings: { ordering: 'fifo', retry_max_attempts: 10, retry_intervals: [5, 25, 60] },
    answers: once,
    source: 'in line',
    mostRequests: 16,
  },
} as const satisfies Readonly<Record<string, Kind>>;

/** An event that was answered 200. */
export interface Accepted {
  readonly id: string;
  readonly source: Kind['source'];
  /** Its number in the order of sending. */
  readonly n: number;
  readonly key: string;
  readonly body: string;
}

export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as KindName[];
export const kindOf = (name: KindName): Kind => kinds[name];
