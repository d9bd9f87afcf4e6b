import { managementHandler } from './http/management-handler.ts';
import { servicesFromEnvironment } from './services.ts';

/** The management API, `/v1/{proxy+}`. */
export const handler = managementHandler(servicesFromEnvironment());
