import { Logger } from '@aws-lambda-powertools/logger';

/**
 * Structured JSON logs. Never log payloads, headers or secrets: they belong in the tables, where API keys govern access
 * and they expire with their event.
 */
export const logger = new Logger({ serviceName: 'hawser' });
