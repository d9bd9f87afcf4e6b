import { useRoute } from 'preact-iso';
import { page } from '../../api/paths.ts';
import { useResource } from '../../api/resource.ts';
import type { Source } from '../../api/types.ts';
import { Code } from '../../ui/code.tsx';
import { Copyable } from '../../ui/copy.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Skeleton } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';

const parent = { title: 'Sources', href: page.sources };

export function SourcePage() {
  const { params } = useRoute();
  const source = useResource<Source>(`/v1/sources/${params.id}`);
  if (source.problem) {
    return (
      <Page title="Source" parent={parent}>
        <ProblemNote problem={source.problem} onRetry={source.reload} />
      </Page>
    );
  }
  if (!source.value) return <Skeleton rows={6} />;
  const { name, id, ingest_url, verification, created_at } = source.value;
  return (
    <Page title={name} parent={parent}>
      <Facts
        facts={[
          ['Ingest URL', <Copyable key="url" text={ingest_url} what="ingest URL" />],
          ['Id', <Copyable key="id" text={id} what="id" />],
          ['Verification', verification?.type ?? 'none: whoever knows the URL may send'],
          ['Created', <Time key="created" at={created_at} />],
        ]}
      />
      <h2>Try it</h2>
      <Code what="command" text={`curl -sS ${ingest_url} -H 'Content-Type: application/json' -d '{"hello":"world"}'`} />
    </Page>
  );
}
