const units: Readonly<Record<string, string>> = { seconds: 'seconds', ms: 'milliseconds' };

/** `queue_url` → `Queue URL`, `timeout_seconds` → `Timeout (seconds)`. */
export function labelOf(name: string): string {
  const { words, unit } = partsOf(name);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${unit ? ` (${unit})` : ''}`;
}

/** As used within a sentence, without its unit: `max_delay_ms` → `max delay`. */
export function wordsOf(name: string): string {
  return partsOf(name).words;
}

function partsOf(name: string): { readonly words: string; readonly unit: string | undefined } {
  const parts = name.split('_');
  const unit = parts.length > 1 ? units[parts.at(-1) ?? ''] : undefined;
  const words = (unit ? parts.slice(0, -1) : parts)
    .map((word) => (/^(api|arn|id|rest|sqs|uri|url)$/.test(word) ? word.toUpperCase() : word))
    .join(' ');
  return { words, unit };
}
