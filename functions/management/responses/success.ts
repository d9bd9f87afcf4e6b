import * as z from 'zod';

/** The response once something has been deleted. */
export const deleted = z.object({ success: z.literal(true) }).meta({ id: 'Success' });
export const DELETED = { success: true } as const;
