const DAY_SECONDS = 86_400;

/** When a row goes that is kept for so long after a time: seconds since the epoch, as DynamoDB's time to live has it. */
export function expiresAtSeconds(fromMs: number, keptDays: number): number {
  return Math.floor(fromMs / 1000) + keptDays * DAY_SECONDS;
}
