import { useList } from '../../api/list.ts';
import { page } from '../../api/paths.ts';
import type { Delivery } from '../../api/types.ts';
import { Empty } from '../../ui/empty.tsx';
import { SelectField } from '../../ui/field.tsx';
import { NamedFilter, TimeFilter } from '../../ui/list-filters.tsx';
import { withChosen } from '../../ui/named-choices.ts';
import { useDestinations } from '../../ui/names.tsx';
import { Page } from '../../ui/page.tsx';
import { useFilters, withTimes } from '../../ui/query.ts';
import { ListTable } from '../../ui/table.tsx';
import { statuses } from './status.tsx';
import { deliveryColumns } from './table.tsx';

const REFRESH_MS = 5_000;

const choices = [{ value: '', label: 'All' }, ...statuses.map((value) => ({ value, label: value }))];

/** All deliveries: every event on its way to every destination. */
export function Deliveries() {
  const { filters, set } = useFilters(['destination', 'status', 'since', 'until']);
  const destinations = useDestinations();
  const { destination, status, since, until } = filters;
  const list = useList<Delivery>(
    withTimes('/v1/deliveries', { destination_id: destination, status }, filters),
    'deliveries',
    { everyMs: REFRESH_MS },
  );
  return (
    <Page title="Deliveries" hasTimes>
      <div class="filters">
        <NamedFilter
          label="Destination"
          things={destinations}
          value={destination}
          onChange={(id) => set('destination', id)}
        />
        <SelectField
          label="Status"
          value={status}
          onChange={(value) => set('status', value)}
          choices={withChosen(choices, status, `unknown: ${status}`)}
        />
        <TimeFilter since={since} until={until} set={set} />
      </div>
      <ListTable
        caption="Deliveries"
        list={list}
        columns={deliveryColumns}
        keyOf={({ id }) => id}
        empty={
          <Empty title="No deliveries here">
            <p>
              A delivery is one event for one destination. It appears here after its first attempt; until then{' '}
              <a href={page.events}>its event</a> shows it.
            </p>
          </Empty>
        }
      />
    </Page>
  );
}
