import type { Destination } from '../../api/types.ts';
import { formatNumber } from '../../ui/format.ts';

/** What slows down deliveries to a destination, in words. Empty if they are sent as fast as events come. */
export function limitsOf({ rate_limit, ordering, max_concurrency }: Destination): readonly string[] {
  return [
    ...(rate_limit
      ? [`${formatNumber(rate_limit.limit)} ${rate_limit.period === 'hour' ? 'an' : 'a'} ${rate_limit.period}`]
      : []),
    ...(ordering === 'none'
      ? []
      : [`in order${typeof ordering === 'object' ? ` by ${JSON.stringify(ordering.fifo_by)}` : ''}`]),
    ...(max_concurrency === null ? [] : [`${formatNumber(max_concurrency)} at a time`]),
  ];
}
