import * as z from 'zod';
import { parseEnv, variable } from './environment.ts';

/** Days after which events, deliveries and tombstones expire. @throws Error that names the variable */
export function retentionDays(): number {
  return parseEnv(variable.retentionDays, z.coerce.number().int().min(1));
}
