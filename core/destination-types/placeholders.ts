import * as z from 'zod';
import type { DeliveryJob } from '../deliveries/delivery.ts';
import { timeMsOf } from '../ids.ts';

/** The placeholders that a text in a config may contain in braces, each with the maximum length of its value. */
const lengths = {
  event_id: 36,
  delivery_id: 36,
  source_id: 36,
  year: 4,
  month: 2,
  day: 2,
  hour: 2,
} as const;
type Placeholder = keyof typeof lengths;

const names = Object.keys(lengths) as Placeholder[];
const PATTERN = /\{(\w*)\}/g;

/** A text of visible ASCII with placeholders; `maxLength` applies after they are filled in. */
export function placeholderField(maxLength: number) {
  return z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII without spaces, and not empty')
    .superRefine((text, context) => {
      const unknown = placeholdersIn(text).find((name) => !isPlaceholder(name));
      if (unknown !== undefined) {
        const known = names.map((name) => `{${name}}`).join(' ');
        context.addIssue({ code: 'custom', message: `contains {${unknown}}; the placeholders are ${known}` });
      } else if (filledLength(text) > maxLength) {
        context.addIssue({
          code: 'custom',
          message: `must have at most ${maxLength} characters once its placeholders are filled in`,
        });
      }
    });
}

export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(PATTERN)].map(([, name = '']) => name);
}

/**
 * The same text for every attempt of a delivery, because the times are when the event was accepted, in UTC. So what is written twice is
 * written to the same place.
 */
export function fillPlaceholders(text: string, { eventId, deliveryId, sourceId }: DeliveryJob): string {
  const [year = '', month = '', day = '', hour = ''] = new Date(timeMsOf(eventId)).toISOString().split(/[-T:]/);
  const values = { event_id: eventId, delivery_id: deliveryId, source_id: sourceId, year, month, day, hour };
  return text.replaceAll(PATTERN, (whole, name: string) => (isPlaceholder(name) ? values[name] : whole));
}

function filledLength(text: string): number {
  return text.replaceAll(PATTERN, (whole, name: string) => (isPlaceholder(name) ? ' '.repeat(lengths[name]) : whole))
    .length;
}

function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(lengths, name);
}
