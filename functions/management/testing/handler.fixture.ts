import { managementHandler } from '../http/management-handler.ts';
import { type Services, servicesFromEnvironment } from '../services.ts';
import type { Handler } from './gateway.fixture.ts';

/** A handler of the same installation, with some of its services replaced. */
export function handlerWith(changed: Partial<Services>): Handler {
  return managementHandler({ ...servicesFromEnvironment(), ...changed });
}
