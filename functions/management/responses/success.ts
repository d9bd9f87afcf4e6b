import * as z from 'zod';

/** What the API answers once something has been deleted. */
export const deleted = z.object({ success: z.literal(true) }).meta({ id: 'Success' });
export const DELETED = { success: true } as const;
