import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { MANAGEMENT_SECONDS } from '../../lifetimes.ts';
import { changeExpression } from '../expressions.ts';
import type { ConfigTable, Row, TransactionWrite } from './config-table.ts';
import { idempotencyKey } from './keys.ts';

const DAY_MS = 86_400_000;

/**
 * Longer than the function lives, plus what clocks may differ by: after this time, whoever had the claim is gone. If
 * not, its writes are refused, because by then another run has the claim.
 */
const RUN_MS = (MANAGEMENT_SECONDS + 6) * 1_000;

/** A request that came with an `Idempotency-Key`. */
export interface KeyedRequest {
  /**
   * SHA-256 of the key and its owner. Keys themselves are not stored: they may contain, say, the name of a customer.
   */
  readonly digest: string;
  /** Hash of everything that distinguishes this request from others. */
  readonly fingerprint: string;
}

/** The right of one run of a request to write its response. */
export interface Claim {
  readonly digest: string;
  readonly run: string;
}

/** The state of a request with a key. */
export type Standing =
  | { readonly kind: 'free' }
  /** A run has the claim, at the longest until then. */
  | { readonly kind: 'running'; readonly fingerprint: string; readonly until: Date }
  | { readonly kind: 'answered'; readonly fingerprint: string; readonly sealedResponse: Uint8Array };

/** Unclaimed, a day old, or left without a response by an earlier run of the same request. */
const IS_FREE =
  'attribute_not_exists(pk) OR valid_until <= :now OR (attribute_not_exists(answer) AND running_until <= :now AND fingerprint = :fingerprint)';

const idempotencyRow = z.object({
  fingerprint: z.string(),
  running_until: z.string(),
  answer: z.instanceof(Uint8Array).optional(),
});

/** For a row that a claim has just found not to be free, and which is therefore less than a day old. */
function standingOf(row: Row | undefined, { fingerprint }: KeyedRequest, now: Date): Standing {
  if (!row) return { kind: 'free' };
  const { fingerprint: present, running_until, answer } = idempotencyRow.parse(row);
  if (answer) return { kind: 'answered', fingerprint: present, sealedResponse: answer };
  const until = new Date(running_until);
  if (present === fingerprint && until <= now) return { kind: 'free' };
  return { kind: 'running', fingerprint: present, until };
}

class AnsweredOrLost extends Error {}

/**
 * Remembers for a day what became of requests with an `Idempotency-Key`. Its rows are in no list. DynamoDB deletes
 * expired rows days late, so a claim checks the time.
 */
export class IdempotencyStore {
  readonly #table: ConfigTable;

  constructor(table: ConfigTable) {
    this.#table = table;
  }

  /** Consistent. Unlike an attempt to claim, it does not disturb the run that is about to write its response. */
  async find(request: KeyedRequest, now: Date): Promise<Standing> {
    return standingOf(await this.#table.get(idempotencyKey(request.digest)), request, now);
  }

  /** One write, without a read before it, as most keys are new. `undefined` if the request is not free. */
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
      // A conflict means that a transaction is writing the response at this moment.
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
      if (error instanceof ConditionalCheckFailedException || error instanceof TransactionConflictException) {
        return undefined;
      }
      throw error;
    }
    return { digest, run };
  }

  /**
   * The transaction write that stores the response.
   * @param lost makes the error for a claim that another run has taken over
   */
  completion({ digest, run }: Claim, sealedResponse: Uint8Array, lost: () => Error): TransactionWrite {
    return {
      update: {
        Key: idempotencyKey(digest),
        UpdateExpression: 'SET answer = :answer',
        ConditionExpression: '#run = :run',
        ExpressionAttributeNames: { '#run': 'run' },
        ExpressionAttributeValues: { ':answer': sealedResponse, ':run': run },
      },
      refused: lost,
    };
  }

  /** Lets another run try, unless a response is stored: a write may have succeeded although DynamoDB's reply was lost. */
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
