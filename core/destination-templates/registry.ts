import { datadog } from './datadog.ts';
import type { DestinationTemplate } from './destination-template.ts';
import { discord } from './discord.ts';
import { linear } from './linear.ts';
import { pagerduty } from './pagerduty.ts';
import { slack } from './slack.ts';
import { zapier } from './zapier.ts';

/** In the order in which they are listed. Ids are stored with the destinations created from them, so they never change. */
export const destinationTemplates: readonly DestinationTemplate[] = [
  slack,
  discord,
  pagerduty,
  datadog,
  zapier,
  linear,
];

export const destinationTemplateIds = destinationTemplates.map(({ id }) => id);

export function findTemplate(id: string): DestinationTemplate | undefined {
  return destinationTemplates.find((template) => template.id === id);
}
