import type { SourceId } from '../../core/ids.ts';
import type { Source } from '../../core/ingest/source.ts';
import type { VerificationFailure } from '../../core/verification/scheme.ts';
import { addNewest } from '../shared/newest-entries.ts';
import type { OperationalEventOf } from '../shared/operational-events.ts';

/**
 * Long enough that a flood of forged requests does not become a flood of events ($1 a million) or of pages to whoever is
 * on call.
 */
const ANNOUNCE_EVERY_MS = 300_000;

/** Sources for which one function instance keeps a tally. */
const MAX_REMEMBERED = 1_000;

interface Tally {
  readonly announcedAtMs: number;
  refused: number;
}

interface RefusalsOptions {
  readonly count: (properties: Readonly<Record<string, string>>, nowMs: number) => void;
  readonly announce: (event: OperationalEventOf<'source.verification_failed'>) => Promise<void>;
}

/**
 * Counts refused requests and announces them. Anyone can send any number of these, so none of them costs a write or a
 * call, except for one announcement per source and instance every five minutes.
 */
export class Refusals {
  readonly #options: RefusalsOptions;
  readonly #tallies = new Map<SourceId, Tally>();

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  async note(
    { id, organizationId, verification }: Pick<Source, 'id' | 'organizationId' | 'verification'>,
    reason: VerificationFailure,
    nowMs: number,
  ): Promise<void> {
    this.#options.count({ organization_id: organizationId, source_id: id, reason }, nowMs);
    const tally = this.#tallies.get(id);
    if (tally) tally.refused++;
    if (tally && nowMs < tally.announcedAtMs + ANNOUNCE_EVERY_MS) return;
    const refused = tally?.refused ?? 1;
    // Reset before the announcement is sent, so that requests refused meanwhile do not send another.
    addNewest(this.#tallies, id, { announcedAtMs: nowMs, refused: 0 }, MAX_REMEMBERED);
    await this.#options.announce({
      type: 'source.verification_failed',
      detail: {
        organization_id: organizationId,
        source_id: id,
        verification: verification?.shown.type ?? '',
        reason,
        refused,
      },
    });
  }
}
