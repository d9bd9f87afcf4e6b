import * as z from 'zod';
import { type TestedEvent, testedEventFields, testedEventOf } from '../events/given-event.ts';
import { exampleId } from '../id-schema.ts';
import { type Filter, filterField } from './filter.ts';

/** A request to test a filter on an event. */
export const filterTest = z
  .strictObject({ filter: filterField, ...testedEventFields })
  .transform(({ filter, ...given }, context): { filter: Filter; testedEvent: TestedEvent } => {
    const testedEvent = testedEventOf(given, context);
    return testedEvent ? { filter, testedEvent } : z.NEVER;
  })
  .meta({
    id: 'FilterTest',
    examples: [{ filter: { body: { ref: 'refs/heads/main' } }, event_id: exampleId('evt') }],
  });
