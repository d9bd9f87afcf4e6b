import { managementHandler } from '../http/management-handler.ts';
import { type Services, servicesFromEnvironment } from '../services.ts';
import type { Handler } from './gateway-under-test.ts';

/** Of the same installation, in which something is different. */
export function handlerWith(changed: Partial<Services>): Handler {
  return managementHandler({ ...servicesFromEnvironment(), ...changed });
}
