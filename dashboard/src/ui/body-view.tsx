import { bytesOf, hexDump, prettyJson } from './body.ts';
import { Code } from './code.tsx';
import { PartBoundary } from './part-boundary.tsx';
import { type Tab, Tabs } from './tabs.tsx';

interface BodyViewProps {
  readonly what: string;
  /** `null` if it has expired. */
  readonly text: string | null;
  readonly encoding: 'utf8' | 'base64' | null;
  readonly isTruncated?: boolean;
}

/**
 * A body: formatted if it is JSON, raw if it is text, and its bytes. It comes from strangers, so a failure to render it affects
 * nothing else.
 */
export function BodyView(props: BodyViewProps) {
  return (
    <PartBoundary what={props.what} value={props.text}>
      <Views {...props} />
    </PartBoundary>
  );
}

function Views({ what, text, encoding, isTruncated }: BodyViewProps) {
  if (text === null) return <p class="hint">The body has expired.</p>;
  if (text === '') return <p class="hint">No body.</p>;
  const pretty = encoding === 'utf8' ? prettyJson(text) : undefined;
  const tabs: Tab[] = [
    ...(pretty?.kind === 'pretty' ? [{ name: 'Pretty', content: () => <Code text={pretty.text} what={what} /> }] : []),
    ...(encoding === 'utf8' ? [{ name: 'Raw', content: () => <Code text={text} what={what} /> }] : []),
    { name: 'Hex', content: () => <Code text={hexDump(bytesOf(text, encoding ?? 'utf8'))} what={`${what} in hex`} /> },
  ];
  return (
    <>
      <Tabs label={what} tabs={tabs} />
      {pretty?.kind === 'too_long' && (
        <p class="hint">Too long or too deeply nested to format as JSON, so it is shown unformatted.</p>
      )}
      {isTruncated && <p class="hint">Only the beginning is stored.</p>}
    </>
  );
}
