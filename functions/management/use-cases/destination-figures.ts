import type { Destination } from '../../../core/destinations/destination.ts';
import { type LifetimeFigures, NO_LIFETIME_FIGURES } from '../../../core/figures/destination-figures.ts';
import type { DestinationId } from '../../../core/ids.ts';
import type { Services } from '../services.ts';

/** The figures of up to 100 destinations, by one read. */
export async function figuresOfAll(
  { figuresReader }: Pick<Services, 'figuresReader'>,
  destinations: readonly Pick<Destination, 'id'>[],
): Promise<(id: DestinationId) => LifetimeFigures> {
  const found = await figuresReader.lifetimes(destinations.map(({ id }) => id));
  return (id) => found.get(id) ?? NO_LIFETIME_FIGURES;
}
