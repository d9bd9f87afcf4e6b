import type { AttemptOutcome } from '../../core/destination-figures.ts';
import type { DestinationId } from '../../core/ids.ts';
import { logger } from '../shared/logger.ts';
import type { FiguresLog } from '../stores/deliveries/figures.ts';
import type { AdmissionOptions } from './admission.ts';
import type { Owner } from './circuit-breakers.ts';

export interface OutcomesOptions extends AdmissionOptions {
  readonly figures: Pick<FiguresLog, 'add' | 'flush'>;
}

/**
 * Counts what came of attempts, after the rows of their deliveries. What is recorded is done, and must not be sent again
 * because it could not be counted: nothing depends on the figures, and a failure that a circuit does not count leaves it closed
 * for the next.
 */
export class Outcomes {
  readonly #options: OutcomesOptions;

  constructor(options: OutcomesOptions) {
    this.#options = options;
  }

  /** @param alone nobody else is about to count: there is nothing that the write could be shared with */
  async count(destinationId: DestinationId, outcomes: readonly AttemptOutcome[], alone: boolean): Promise<void> {
    const { figures } = this.#options;
    try {
      const added = figures.add(destinationId, outcomes);
      if (alone) figures.flush();
      await added;
    } catch (error) {
      const missing = outcomes.length;
      const failed = outcomes.filter(({ succeeded }) => !succeeded).length;
      logger.error('attempts are missing in the figures', { destinationId, missing, failed, error });
    }
  }

  /** Tells the circuit. A destination that was deleted meanwhile has none. */
  async observe(owner: Owner, outcomes: readonly AttemptOutcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const { breakers, destination: destinationOf } = this.#options;
    const { destinationId } = owner;
    try {
      const destination = await destinationOf(destinationId);
      if (destination) await breakers.observe(owner, destination.circuitBreaker, outcomes);
    } catch (error) {
      logger.error('attempts are missing in the circuit', { destinationId, error });
    }
  }
}
