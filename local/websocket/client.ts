import { randomBytes } from 'node:crypto';
import type { EpochMs } from '../clock.ts';

/** Who is at the other end of a connection. It is known from the handshake on and never changes. */
export interface Client {
  readonly connectionId: string;
  readonly connectedMs: EpochMs;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  /** The host name by which the client called it. */
  readonly domainName: string;
}

/** Ids of connections, requests and messages as AWS forms them, such as `L0SM9cOFvHcCIhw=`. */
export function newGatewayId(): string {
  return `${randomBytes(11).toString('base64url')}=`;
}

export function isGatewayId(text: string): boolean {
  return /^[\w-]{15}=$/.test(text);
}
