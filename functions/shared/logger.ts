import { Logger } from '@aws-lambda-powertools/logger';

/**
 * Structured JSON logs. Payloads, headers and secrets never go in here: they belong to the tables, where access to them is
 * governed by the API's keys and they expire with their event.
 */
export const logger = new Logger({ serviceName: 'hawser' });
