import type { ComponentChildren } from 'preact';
import type { List } from '../api/list.ts';
import { Button } from './button.tsx';
import { ProblemNote } from './problem-note.tsx';

export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers are aligned with each other. */
  readonly isNumber?: boolean;
  /** Sentences get enough room to be read. */
  readonly isProse?: boolean;
}

interface TableProps<Row> {
  /** What the table shows, for screen readers. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

/**
 * On a narrow screen each row is a block, with each cell's header beside it. Where some but not all columns fit, the table
 * scrolls and the page does not.
 */
export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <div class="table-box">
      <table class="table">
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ header, isNumber }) => (
              <th key={header} scope="col" class={isNumber ? 'number' : undefined}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ header, cell, isNumber, isProse }) => (
                <td key={header} data-header={header} class={isNumber ? 'number' : isProse ? 'prose' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ListTableProps<Row> extends Omit<TableProps<Row>, 'rows'> {
  readonly list: List<Row>;
  /** Shown if the list is empty. */
  readonly empty: ComponentChildren;
}

/** A list of the API in all its states: loading, empty, failed, or with more to load. Renders nothing if it is not requested. */
export function ListTable<Row>({ list, empty, ...table }: ListTableProps<Row>) {
  const { items, problem, isLoading, hasMore, isLoadingMore, loadMore, tryAgain } = list;
  if (!items && !problem && !isLoading) return null;
  return (
    <section aria-busy={isLoading} aria-label={table.caption}>
      {problem && <ProblemNote problem={problem} onRetry={tryAgain} />}
      {!items && !problem && <Skeleton rows={5} />}
      {items?.length === 0 && empty}
      {items && items.length > 0 && <Table {...table} rows={items} />}
      {hasMore && (
        <p class="more">
          <Button onClick={loadMore} isBusy={isLoadingMore}>
            Show more
          </Button>
        </p>
      )}
    </section>
  );
}

/** As high as the content that it stands for, so that nothing jumps once that is loaded. */
export function Skeleton({ rows }: { readonly rows: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <div class="skeleton-row" key={row} />
      ))}
    </div>
  );
}
