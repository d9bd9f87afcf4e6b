import { resourceNames } from '../../../test/support/services.ts';
import { configDynamodb } from '../../shared/aws-clients.ts';
import { ConfigTable, type TransactionWrite } from '../../stores/config/config-table.ts';
import { IdempotencyStore } from '../../stores/config/idempotency.ts';
import type { Services } from '../services.ts';

/** Failures of a function while it writes. */

/** Services of a function that is killed before or after its write, and then does nothing more. */
export function killed(when: 'before' | 'after'): Partial<Services> {
  const configuration = new KilledTable(when);
  return { configuration, idempotency: new IdempotencyStore(configuration) };
}

class KilledTable extends ConfigTable {
  readonly #when: 'before' | 'after';
  #isDead = false;

  constructor(when: 'before' | 'after') {
    super(configDynamodb(), resourceNames.config);
    this.#when = when;
  }

  override async transact(writes: readonly TransactionWrite[]): Promise<void> {
    if (!this.#isDead && this.#when === 'after') await super.transact(writes);
    this.#isDead = true;
    throw new Error('the function was killed');
  }
}

/** A table whose writes wait for a gate. */
export class GatedTable extends ConfigTable {
  readonly #arrival = Promise.withResolvers<void>();
  readonly #gate = Promise.withResolvers<void>();
  /** Resolves when a write waits. */
  readonly reached = this.#arrival.promise;
  /** Lets the write pass. */
  readonly open = this.#gate.resolve;
  /** Makes the write fail without having written. */
  readonly fail = this.#gate.reject;

  constructor() {
    super(configDynamodb(), resourceNames.config);
  }

  override async transact(writes: readonly TransactionWrite[]): Promise<void> {
    this.#arrival.resolve();
    await this.#gate.promise;
    return super.transact(writes);
  }
}
