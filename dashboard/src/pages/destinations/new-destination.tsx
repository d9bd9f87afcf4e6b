import { useState } from 'preact/hooks';
import { useAction } from '../../api/action.ts';
import { page } from '../../api/paths.ts';
import { isAnswered, useResource } from '../../api/resource.ts';
import type { CreatedDestination, Page as ListPage, Template } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { Empty } from '../../ui/empty.tsx';
import { Lockable } from '../../ui/lockable.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { useDescription } from '../../ui/schema-form/description.ts';
import { fieldsOf } from '../../ui/schema-form/schema.ts';
import { Skeleton } from '../../ui/table.tsx';
import { useSecretUnderWay, useUnsaved } from '../../ui/unsaved.ts';
import { Created, CreateForm } from './create-form.tsx';
import { type Choice, type ChosenFields, carryUrlOver, type Draft, valuesFor, withValues } from './draft.ts';
import { schemaOfType, typesOf } from './types.ts';

const parent = { title: 'Destinations', href: page.destinations };

/** Names and descriptions. A type that is not listed shows its own name. */
const cardTexts: Readonly<Record<string, readonly [name: string, what: string]>> = {
  http: ['HTTP', 'A URL of yours'],
  sqs: ['Amazon SQS', 'A queue, standard or FIFO'],
  s3: ['Amazon S3', 'An object for each event'],
  eventbridge: ['Amazon EventBridge', 'A bus and its rules'],
  pubsub: ['Google Pub/Sub', 'A topic'],
  kafka: ['Kafka', 'A topic, through the REST Proxy'],
  rabbitmq: ['RabbitMQ', 'An exchange, through the HTTP API'],
  websocket: ['WebSocket', 'All connected clients'],
};

export function NewDestination() {
  const { definitions, problem, reload } = useDescription();
  const templates = useResource<ListPage<'templates', Template>>('/v1/destinations/templates?limit=100');
  const [choice, setChoice] = useState<Choice>({ kind: 'type', type: 'http' });
  const [draft, setDraft] = useState<Draft>({});
  const [sourceId, setSourceId] = useState('');
  const [created, setCreated] = useState<
    { readonly destination: CreatedDestination; readonly sourceId: string } | undefined
  >();
  const fieldsOfChoice = (each: Choice): ChosenFields => {
    const schema = definitions && schemaOfType(definitions, named(each).type);
    return { choice: each, fields: schema ? fieldsOf(schema, definitions) : [] };
  };
  const creating = useAction(async (post) => {
    const path = sourceId === '' ? '/v1/destinations' : `/v1/sources/${sourceId}/destinations`;
    const request = { ...valuesFor(draft, fieldsOfChoice(choice)), ...named(choice) };
    setCreated({ destination: await post<CreatedDestination>(path, request), sourceId });
    setDraft({});
    setSourceId('');
  });
  useUnsaved(sourceId !== '' || Object.keys(draft).length > 0);
  useSecretUnderWay(creating.isBusy);
  if (!mayWrite()) {
    return (
      <Page title="New destination" parent={parent}>
        <Empty title="This key is read-only">
          <p>Sign in with a key of the scope write or admin to create destinations.</p>
        </Empty>
      </Page>
    );
  }
  if (!definitions || !isAnswered(templates)) {
    return (
      <Page title="New destination" parent={parent}>
        {problem ? <ProblemNote problem={problem} onRetry={reload} /> : <Skeleton rows={8} />}
      </Page>
    );
  }
  const chosen = fieldsOfChoice(choice);
  const choose = (next: Choice) => {
    setDraft(carryUrlOver(draft, chosen, fieldsOfChoice(next)));
    setChoice(next);
    setCreated(undefined);
    creating.forget();
  };
  return (
    <Page title="New destination" parent={parent}>
      {created && <Created {...created} />}
      <Lockable isLocked={creating.isBusy}>
        <h2>{created ? 'Another one' : 'Where to'}</h2>
        <ul class="cards">
          {typesOf(definitions).map((type) => (
            <li key={type}>
              <Card
                name={cardTexts[type]?.[0] ?? type}
                what={cardTexts[type]?.[1] ?? ''}
                isChosen={!created && choice.kind === 'type' && choice.type === type}
                onChoose={() => choose({ kind: 'type', type })}
              />
            </li>
          ))}
        </ul>
        <h2>Or to a service, in its own format</h2>
        {templates.problem && <ProblemNote problem={templates.problem} onRetry={templates.reload} />}
        <ul class="cards">
          {templates.value?.templates.map((template) => (
            <li key={template.id}>
              <Card
                name={template.name}
                what={template.description}
                isChosen={!created && choice.kind === 'template' && choice.template.id === template.id}
                onChoose={() => choose({ kind: 'template', template })}
              />
            </li>
          ))}
        </ul>
      </Lockable>
      {!created && (
        <CreateForm
          key={keyOf(choice)}
          chosen={chosen}
          definitions={definitions}
          values={valuesFor(draft, chosen)}
          onChange={(values) => setDraft((now) => withValues(now, chosen, values))}
          sourceId={sourceId}
          onSource={setSourceId}
          creating={creating}
        />
      )}
    </Page>
  );
}

/** In the form of a request. */
function named(choice: Choice): { readonly type: string; readonly template?: string } {
  return choice.kind === 'type' ? { type: choice.type } : { type: choice.template.type, template: choice.template.id };
}

function keyOf(choice: Choice): string {
  return choice.kind === 'type' ? choice.type : choice.template.id;
}

interface CardProps {
  readonly name: string;
  readonly what: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Card({ name, what, isChosen, onChoose }: CardProps) {
  return (
    <button type="button" class="card" aria-pressed={isChosen} onClick={onChoose}>
      <strong>{name}</strong>
      <span class="hint">{what}</span>
    </button>
  );
}
