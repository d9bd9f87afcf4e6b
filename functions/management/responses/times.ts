import * as z from 'zod';
import { isoTime } from '../../../core/iso-time.ts';

/** In UTC, with milliseconds. */
export const timestamp = z.iso.datetime().meta({ examples: ['2026-11-22T03:23:00.148Z'] });

export function toTimestamp(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : isoTime(timeMs);
}
