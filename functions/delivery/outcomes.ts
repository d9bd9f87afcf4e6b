import type { AttemptOutcome } from '../../core/figures/destination-figures.ts';
import type { DestinationId } from '../../core/ids.ts';
import { logger } from '../shared/logger.ts';
import type { FiguresLog } from '../stores/deliveries/figures.ts';
import type { AdmissionOptions } from './admission.ts';
import type { CircuitKey } from './circuit-breakers.ts';

export interface OutcomesOptions extends AdmissionOptions {
  readonly figures: Pick<FiguresLog, 'add' | 'flush'>;
}

/**
 * Counts the outcomes of attempts, after the rows of their deliveries are written. An attempt that is recorded must not be made
 * again because it could not be counted, so errors are only logged: nothing depends on the figures, and a circuit that misses a
 * failure stays closed until the next.
 */
export class Outcomes {
  readonly #options: OutcomesOptions;

  constructor(options: OutcomesOptions) {
    this.#options = options;
  }

  /** Waits a moment, so that the write is shared with others who count. */
  count(destinationId: DestinationId, outcomes: readonly AttemptOutcome[]): Promise<void> {
    return this.#added(destinationId, outcomes, () => this.#options.figures.add(destinationId, outcomes));
  }

  /** For the last one to count: nobody is left to share the write with. */
  countNow(destinationId: DestinationId, outcomes: readonly AttemptOutcome[]): Promise<void> {
    const { figures } = this.#options;
    return this.#added(destinationId, outcomes, () => {
      const added = figures.add(destinationId, outcomes);
      figures.flush();
      return added;
    });
  }

  async #added(
    destinationId: DestinationId,
    outcomes: readonly AttemptOutcome[],
    add: () => Promise<void>,
  ): Promise<void> {
    try {
      await add();
    } catch (error) {
      const missing = outcomes.length;
      const failed = outcomes.filter(({ succeeded }) => !succeeded).length;
      logger.error('attempts are missing in the figures', { destinationId, missing, failed, error });
    }
  }

  /** Tells the circuit. A destination that has been deleted meanwhile has none. */
  async observe(key: CircuitKey, outcomes: readonly AttemptOutcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const { breakers, destination: destinationOf } = this.#options;
    const { destinationId } = key;
    try {
      const destination = await destinationOf(destinationId);
      if (destination) await breakers.observe(key, destination.circuitBreaker, outcomes);
    } catch (error) {
      logger.error('attempts are missing in the circuit', { destinationId, error });
    }
  }
}
