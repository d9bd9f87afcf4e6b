import { attemptName, type DeliveryJob } from '../../../core/deliveries/delivery.ts';
import type { DestinationId } from '../../../core/ids.ts';
import type { LineEntry } from '../../stores/deliveries/line-entry-codec.ts';
import type { LineRow, LineStore } from '../../stores/deliveries/lines.ts';

export interface LineViewOptions {
  readonly lines: LineStore;
  readonly now: () => number;
}

/** How many rows are looked at: few at first, more if none of those may go. What is behind the last of them must wait. */
const FEW_ROWS = 4;
export const MOST_ROWS = 64;

/** The front of a line as one run sees it, and which of it is done. */
export class LineView {
  readonly #options: LineViewOptions;
  readonly #destinationId: DestinationId;
  /** The positions of all rows that were looked at. */
  readonly seen = new Set<string>();
  readonly #done = new Set<string>();
  #depth = FEW_ROWS;
  #rows: readonly LineRow[] = [];

  constructor(options: LineViewOptions, destinationId: DestinationId) {
    this.#options = options;
    this.#destinationId = destinationId;
  }

  async look(): Promise<readonly LineRow[]> {
    this.#rows = await this.#options.lines.look(this.#destinationId, this.#depth);
    for (const { position } of this.#rows) this.seen.add(position);
    await this.strike();
    return this.#rows;
  }

  /** Removes what is done from the rows that were looked at last. */
  async strike(): Promise<void> {
    const { lines, now } = this.#options;
    if (this.#done.size > 0) await lines.strike(this.#destinationId, this.#rows, (one) => this.isDone(one), now());
  }

  markDone({ job }: LineEntry): void {
    this.#done.add(nameOf(job));
  }

  isDone({ job }: LineEntry): boolean {
    return this.#done.has(nameOf(job));
  }

  /** Looks at more rows from now on. @returns whether there may be anything further back */
  widen(): boolean {
    const isCutOff = this.#rows.length === this.#depth && this.#depth < MOST_ROWS;
    if (isCutOff) this.#depth *= 4;
    return isCutOff;
  }
}

/** Whether the attempt of this name is in the line. */
export function isInLine(name: string, rows: readonly LineRow[]): boolean {
  return rows.some(({ waiting }) => waiting.some(({ job }) => attemptName(job) === name));
}

/**
 * Includes the request: one that has lost is done with, while the one that won, or the attempt that was to come anyway, may have the
 * same name and still be due.
 */
function nameOf(job: DeliveryJob): string {
  return `${attemptName(job)} ${job.resendRequest?.id ?? ''}`;
}
