import { attemptName, type DeliveryJob } from '../../../core/deliveries/delivery.ts';
import type { DestinationId } from '../../../core/ids.ts';
import type { LineEntry } from '../../stores/deliveries/line-entry-codec.ts';
import type { LineRow, LineStore } from '../../stores/deliveries/lines.ts';

export interface LineViewOptions {
  readonly lines: LineStore;
  readonly now: () => number;
}

/** How many rows are read: few at first, more if none of their entries may go. Entries behind the last row must wait. */
const FEW_ROWS = 4;
export const MOST_ROWS = 64;

/** The front of a line as one run sees it, with the entries that are done. */
export class LineView {
  readonly #options: LineViewOptions;
  readonly #destinationId: DestinationId;
  /** The positions of all rows that were read. */
  readonly seen = new Set<string>();
  readonly #done = new Set<string>();
  #depth = FEW_ROWS;
  #rows: readonly LineRow[] = [];

  constructor(options: LineViewOptions, destinationId: DestinationId) {
    this.#options = options;
    this.#destinationId = destinationId;
  }

  async peek(): Promise<readonly LineRow[]> {
    this.#rows = await this.#options.lines.peek(this.#destinationId, this.#depth);
    for (const { position } of this.#rows) this.seen.add(position);
    await this.removeDone();
    return this.#rows;
  }

  /** Removes done entries from the rows that were read last. */
  async removeDone(): Promise<void> {
    const { lines, now } = this.#options;
    if (this.#done.size > 0) await lines.removeDone(this.#destinationId, this.#rows, (one) => this.isDone(one), now());
  }

  markDone({ job }: LineEntry): void {
    this.#done.add(nameOf(job));
  }

  isDone({ job }: LineEntry): boolean {
    return this.#done.has(nameOf(job));
  }

  /** Reads more rows from now on. @returns whether there may be anything further back */
  widen(): boolean {
    const isCutOff = this.#rows.length === this.#depth && this.#depth < MOST_ROWS;
    if (isCutOff) this.#depth *= 4;
    return isCutOff;
  }
}

/** Whether the attempt of this name is in the line. */
export function isInLine(name: string, rows: readonly LineRow[]): boolean {
  return rows.some(({ entries }) => entries.some(({ job }) => attemptName(job) === name));
}

/**
 * Includes the resend request: one that has lost is done, while the one that won, or the attempt that was due anyway, may have the
 * same attempt name and still be due.
 */
function nameOf(job: DeliveryJob): string {
  return `${attemptName(job)} ${job.resendRequest?.id ?? ''}`;
}
