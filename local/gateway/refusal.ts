import type { GatewayResponseType } from './gateway-responses.ts';
import { limit } from './rest-api.ts';

/** What the gateway answers without, or instead of, its integration. */
export class Refusal extends Error {
  readonly type: GatewayResponseType;
  readonly status: number | undefined;

  constructor(type: GatewayResponseType, message?: string, status?: number) {
    super(message ?? '');
    this.type = type;
    this.status = status;
  }
}

/** AWS documents the limit, not the answer; 431 is what HTTP has for it. */
export function headersTooLarge(): Refusal {
  return new Refusal('DEFAULT_4XX', `HTTP header is larger than ${limit.headerBytes} bytes.`, 431);
}
