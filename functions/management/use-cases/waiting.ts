import type { Destination } from '../../../core/destinations/destination.ts';
import { isPaced } from '../../../core/pace/pace.ts';
import type { LineDepth } from '../../stores/deliveries/line-reader.ts';
import type { Services } from '../services.ts';

/** What waits in the line of a destination. A destination without a pace has no line: `null`, and nothing is read. */
export async function lineDepthOf(
  { lineReader }: Pick<Services, 'lineReader'>,
  { id, pace }: Pick<Destination, 'id' | 'pace'>,
): Promise<LineDepth | null> {
  return isPaced(pace) ? lineReader.depth(id) : null;
}
