import { Buffer } from 'node:buffer';
import { validationError } from '../errors.ts';

/** The position of a reader in a shard. */
export interface ShardIterator {
  readonly streamArn: string;
  readonly shardId: string;
  readonly afterSequence: number;
  readonly issuedMs: number;
}

/** Opaque to clients. It begins with a readable ARN, as the service's own iterators do. */
export function formatIterator({ streamArn, shardId, afterSequence, issuedMs }: ShardIterator): string {
  return `${streamArn}|1|${Buffer.from(`${shardId}|${afterSequence}|${issuedMs}`).toString('base64url')}`;
}

/** @throws ValidationException */
export function parseIterator(text: string): ShardIterator {
  const [streamArn, version, encoded] = text.split('|');
  const [shardId, afterSequence, issuedMs] = Buffer.from(encoded ?? '', 'base64url')
    .toString('utf8')
    .split('|');
  if (!streamArn || version !== '1' || !shardId || !isInteger(afterSequence) || !isInteger(issuedMs)) {
    throw validationError('Invalid ShardIterator');
  }
  return { streamArn, shardId, afterSequence: Number(afterSequence), issuedMs: Number(issuedMs) };
}

function isInteger(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,15}$/.test(text);
}
