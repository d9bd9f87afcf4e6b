import * as z from 'zod';
import { idSchema } from '../../core/id-schema.ts';
import type { DestinationId } from '../../core/ids.ts';

/** Asks to process the line of a destination: see functions/delivery/line/runner.ts. */
export interface LineMessage {
  readonly kind: 'line';
  readonly destinationId: DestinationId;
  /** When there will be something to do, if known. A message that comes earlier is put back. */
  readonly notBeforeMs?: number;
}

export const lineSchema = z.strictObject({
  v: z.literal(1),
  kind: z.literal('line'),
  dst: idSchema('dst'),
  due: z.int().optional(),
});

export function encodeLine({ destinationId, notBeforeMs }: LineMessage): string {
  const message: z.input<typeof lineSchema> = {
    v: 1,
    kind: 'line',
    dst: destinationId,
    ...(notBeforeMs !== undefined && { due: notBeforeMs }),
  };
  return JSON.stringify(message);
}

export function lineFrom({ dst, due }: z.output<typeof lineSchema>): LineMessage {
  return { kind: 'line', destinationId: dst, ...(due !== undefined && { notBeforeMs: due }) };
}
