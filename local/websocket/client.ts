import { randomBytes } from 'node:crypto';
import type { EpochMs } from '../clock.ts';

/** The client at the other end of a connection. Known from the handshake on, it never changes. */
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
