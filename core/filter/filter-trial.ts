import * as z from 'zod';
import { type Subject, subjectFields, subjectOf } from '../events/given-event.ts';
import { exampleId } from '../id-schema.ts';
import { type Filter, filterField } from './filter.ts';

/** A filter, and what it is tried on. */
export const filterTrial = z
  .strictObject({ filter: filterField, ...subjectFields })
  .transform(({ filter, ...given }, context): { filter: Filter; subject: Subject } => {
    const subject = subjectOf(given, context);
    return subject ? { filter, subject } : z.NEVER;
  })
  .meta({
    id: 'FilterTest',
    examples: [{ filter: { body: { ref: 'refs/heads/main' } }, event_id: exampleId('evt') }],
  });
