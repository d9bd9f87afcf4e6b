import { invalidReceiptHandle } from './errors.ts';

/** The content of a receipt handle: which receive of which message of which queue it stands for. */
export interface Receipt {
  readonly queueName: string;
  readonly seq: number;
  readonly messageId: string;
  /**
   * The message's receive count at that receive. It is durable, so it tells an old handle from the newest even after a restart.
   */
  readonly receiveCount: number;
}

export function encodeReceiptHandle({ queueName, seq, messageId, receiveCount }: Receipt): string {
  return Buffer.from(`${queueName} ${seq} ${messageId} ${receiveCount}`, 'latin1').toString('base64');
}

/** @throws ReceiptHandleIsInvalid for anything that `encodeReceiptHandle` never made, and for another queue's handle. */
export function decodeReceiptHandle(handle: string, queueName: string): Receipt {
  const parts = Buffer.from(handle, 'base64').toString('latin1').split(' ');
  const [name, seq, messageId, receiveCount] = parts;
  if (parts.length !== 4 || name !== queueName || !messageId) throw invalidReceiptHandle(handle);
  const receipt = { queueName, seq: Number(seq), messageId, receiveCount: Number(receiveCount) };
  if (!Number.isSafeInteger(receipt.seq) || !Number.isSafeInteger(receipt.receiveCount)) {
    throw invalidReceiptHandle(handle);
  }
  return receipt;
}
