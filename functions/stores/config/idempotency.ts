import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { MANAGEMENT_SECONDS } from '../../lifetimes.ts';
import { changeExpression } from '../expressions.ts';
import type { ConfigTable, Row, Step } from './config-table.ts';
import { idempotencyKey } from './keys.ts';

const DAY_MS = 86_400_000;

/**
 * Longer than the function lives, by what clocks may differ: when it is over, whoever had the claim is gone.
 * Should it not be, what it writes is refused, as the claim is another's then.
 */
const RUN_MS = (MANAGEMENT_SECONDS + 6) * 1_000;

/** A request that came with an `Idempotency-Key`. */
export interface KeyedRequest {
  /** SHA-256 of whose key it is and the key: a key may say more than it should, such as a customer's name. */
  readonly digest: string;
  /** Of all that makes it this request. */
  readonly fingerprint: string;
}

/** The right of one run of a request to write its answer. */
export interface Claim {
  readonly digest: string;
  readonly run: string;
}

/** How a request with a key stands. */
export type Standing =
  | { readonly kind: 'free' }
  /** A run has the claim, at the longest until then. */
  | { readonly kind: 'running'; readonly fingerprint: string; readonly until: Date }
  | { readonly kind: 'answered'; readonly fingerprint: string; readonly sealedAnswer: Uint8Array };

/** Nobody's, a day old, or left without an answer by a run of the same request. */
const IS_FREE =
  'attribute_not_exists(pk) OR valid_until <= :now OR (attribute_not_exists(answer) AND running_until <= :now AND fingerprint = :fingerprint)';

const idempotencyRow = z.object({
  fingerprint: z.string(),
  running_until: z.string(),
  answer: z.instanceof(Uint8Array).optional(),
});

/** Of a row that a claim has just found not to be free, and so less than a day old. */
function standingOf(row: Row | undefined, { fingerprint }: KeyedRequest, now: Date): Standing {
  if (!row) return { kind: 'free' };
  const { fingerprint: present, running_until, answer } = idempotencyRow.parse(row);
  if (answer) return { kind: 'answered', fingerprint: present, sealedAnswer: answer };
  const until = new Date(running_until);
  if (present === fingerprint && until <= now) return { kind: 'free' };
  return { kind: 'running', fingerprint: present, until };
}

class AnsweredOrLost extends Error {}

/**
 * What became of requests that came with an `Idempotency-Key`, for a day. Rows are in no list. DynamoDB deletes expired ones
 * days late, so a claim checks the time.
 */
export class IdempotencyStore {
  readonly #table: ConfigTable;

  constructor(table: ConfigTable) {
    this.#table = table;
  }

  /** Consistent. Unlike trying to claim, looking does not get in the way of the run that is about to write its answer. */
  async find(request: KeyedRequest, now: Date): Promise<Standing> {
    return standingOf(await this.#table.get(idempotencyKey(request.digest)), request, now);
  }

  /** One write, with nothing read before: most keys are new. `undefined` when the request is not free. */
  async claim({ digest, fingerprint }: KeyedRequest, now: Date): Promise<Claim | undefined> {
    const run = randomUUID();
    const validUntilMs = now.getTime() + DAY_MS;
    const expression = changeExpression(
      {
        run,
        fingerprint,
        running_until: new Date(now.getTime() + RUN_MS).toISOString(),
        valid_until: new Date(validUntilMs).toISOString(),
        expires_at: Math.ceil(validUntilMs / 1000),
      },
      ['answer'],
    );
    try {
      await this.#table.update({
        Key: idempotencyKey(digest),
        ...expression,
        ConditionExpression: IS_FREE,
        ExpressionAttributeValues: { ...expression.ExpressionAttributeValues, ':now': now.toISOString() },
      });
    } catch (error) {
      // The other one: a transaction is writing the answer at this moment.
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
      if (error instanceof ConditionalCheckFailedException || error instanceof TransactionConflictException) {
        return undefined;
      }
      throw error;
    }
    return { digest, run };
  }

  /** Keeps the answer, for a transaction that may do more. @param lost the error of a claim that is another run's by now */
  completion({ digest, run }: Claim, sealedAnswer: Uint8Array, lost: () => Error): Step {
    return {
      update: {
        Key: idempotencyKey(digest),
        UpdateExpression: 'SET answer = :answer',
        ConditionExpression: '#run = :run',
        ExpressionAttributeNames: { '#run': 'run' },
        ExpressionAttributeValues: { ':answer': sealedAnswer, ':run': run },
      },
      refused: lost,
    };
  }

  /** Lets the next one try, unless there is an answer: a write whose outcome was not heard may have gone through. */
  async release({ digest, run }: Claim): Promise<void> {
    try {
      await this.#table.transact([
        {
          delete: {
            Key: idempotencyKey(digest),
            ConditionExpression: '#run = :run AND attribute_not_exists(answer)',
            ExpressionAttributeNames: { '#run': 'run' },
            ExpressionAttributeValues: { ':run': run },
          },
          refused: () => new AnsweredOrLost(),
        },
      ]);
    } catch (error) {
      if (!(error instanceof AnsweredOrLost)) throw error;
    }
  }
}
