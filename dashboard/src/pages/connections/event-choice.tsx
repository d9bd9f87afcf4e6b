import { useState } from 'preact/hooks';
import { eventIdIn, hasPartOfId } from '../../api/page-of-id.ts';
import { type Resource, useResource } from '../../api/resource.ts';
import type { EventDetails, EventSummary, Page as ListPage } from '../../api/types.ts';
import { isolated } from '../../ui/bidi.ts';
import { SelectField, TextField } from '../../ui/field.tsx';
import { formatTime, shortId } from '../../ui/format.ts';
import { useSources } from '../../ui/names.tsx';
import { Time } from '../../ui/time.tsx';

/** An event of a source on which something is tried: one of the latest, or an older one by its id. */
export interface ChosenEvent {
  /** `undefined` if there is none: nothing has come in, or the given id is not that of an event of the source. */
  readonly id: string | undefined;
  readonly recent: Resource<ListPage<'events', EventSummary>>;
  readonly choice: string;
  readonly choose: (id: string) => void;
  readonly typed: string;
  readonly type: (text: string) => void;
  readonly named: NamedEvent;
}

type NamedEvent =
  /** No id was given. */
  | { readonly kind: 'none' }
  | { readonly kind: 'looked_for' }
  | { readonly kind: 'found'; readonly event: EventDetails }
  | { readonly kind: 'wrong'; readonly error: string };

export function useChosenEvent(sourceId: string): ChosenEvent {
  const [choice, choose] = useState('');
  const [typed, type] = useState('');
  const recent = useResource<ListPage<'events', EventSummary>>(`/v1/events?source_id=${sourceId}&limit=20`);
  const named = useNamedEvent(typed.trim(), sourceId);
  const chosen = choice || recent.value?.events[0]?.id;
  const id = named.kind === 'none' ? chosen : named.kind === 'found' ? named.event.id : undefined;
  return { id, recent, choice: chosen ?? '', choose, typed, type, named };
}

/** The API tries filters and transforms on any event. So the page itself checks, once, that the event is one of the source. */
function useNamedEvent(text: string, sourceId: string): NamedEvent {
  const id = eventIdIn(text);
  const { value, problem } = useResource<EventDetails>(id && `/v1/events/${id}`);
  const source = useSources()?.find((each) => each.id === value?.source_id);
  if (text === '') return { kind: 'none' };
  if (id === undefined) return { kind: 'wrong', error: withoutId(text) };
  if (problem?.code === 'RESOURCE_NOT_FOUND') {
    return { kind: 'wrong', error: 'There is no such event: it may have expired, or belong to another organization.' };
  }
  if (problem) return { kind: 'wrong', error: problem.message };
  if (!value) return { kind: 'looked_for' };
  if (value.source_id === sourceId) return { kind: 'found', event: value };
  const other = source ? `“${isolated(source.name)}”` : 'another source';
  return { kind: 'wrong', error: `This event came in at ${other}, which is not the source of this connection.` };
}

function withoutId(text: string): string {
  return hasPartOfId(text)
    ? 'The whole id of an event is needed. The event’s page has a button to copy it.'
    : 'This contains no event id: evt_ and 32 hex digits.';
}

export function EventChoice({ chosen }: { readonly chosen: ChosenEvent }) {
  const { recent, choice, choose, typed, type, named } = chosen;
  const events = recent.value?.events ?? [];
  const isEmpty = recent.value !== undefined && events.length === 0;
  return (
    <div class="form">
      <SelectField
        label="Try on the event"
        hint={
          isEmpty
            ? 'Nothing has come in at this source yet. Once an event has, you can try the filter and the transform on it.'
            : 'One of the last 20. Nothing is sent; you only see what would happen.'
        }
        value={choice}
        onChange={(id) => {
          choose(id);
          type('');
        }}
        choices={events.map((event) => ({ value: event.id as string, label: labelOf(event) }))}
      />
      <TextField
        label="Or on an older one, by its id"
        hint={named.kind === 'found' ? <Found event={named.event} /> : 'From a link or a line of a log.'}
        error={named.kind === 'wrong' ? named.error : undefined}
        autocomplete="off"
        placeholder="evt_…"
        value={typed}
        onInput={type}
      />
    </div>
  );
}

function Found({ event }: { readonly event: EventDetails }) {
  return (
    <>
      {nameOf(event)}, accepted <Time at={event.created_at} />
    </>
  );
}

function labelOf(event: EventSummary): string {
  return `${nameOf(event)}, ${formatTime(event.created_at)}, ${shortId(event.id)}`;
}

/** A short name for the event, as far as one can be made without its body. */
function nameOf({ event_type, method, path }: Pick<EventSummary, 'event_type' | 'method' | 'path'>): string {
  return isolated(event_type ?? `${method} ${path || '/'}`);
}
